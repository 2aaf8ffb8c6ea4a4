"""`python -m poolproof_reports findings`: which of the violations that were seen still hold."""

from __future__ import annotations

import argparse
import json
import platform
import shutil
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from poolproof_reports.decoding import shorten
from poolproof_reports.findings import NONE_FOUND, Finding, Standing, load_findings, select
from poolproof_reports.findings_run import Outcome, run_finding
from poolproof_reports.words import duration

FOLDER = Path("reports", "findings")
SIGNS = {
    Standing.HOLDS: "holds",
    Standing.GONE: "GONE",
    Standing.BROKEN: "BROKEN",
    Standing.CANNOT_RUN: "-",
}


def add_parser(commands: argparse._SubParsersAction[Any]) -> None:
    """Add the subcommand with its options."""
    parser = commands.add_parser(
        "findings",
        help="run the violations seen in real pools again, and say which still hold",
        description="Runs each finding's script again. Exit code 0: all that can run here hold; "
        "1: one is gone, or its script is broken; 2: a record is wrong.",
    )
    parser.add_argument("--only", action="append", default=[], metavar="SLUG", help="repeatable")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument(
        "--folder",
        type=Path,
        default=FOLDER,
        metavar="DIR",
        help=f"where findings.toml and the scripts are (default: {FOLDER.as_posix()})",
    )
    parser.set_defaults(act=lambda options: run(options.folder, options.only, options.json))


def run(folder: Path, only: Sequence[str], as_json: bool) -> int:
    """Run the findings of `folder` and print what came out.

    Raises:
        FindingError: a record is wrong, or `only` names none.
        OSError: the folder has no record.
    """
    findings = select(load_findings(folder), only)
    outcomes = [
        _run_one(finding, folder, f"{number}/{len(findings)}")
        for number, finding in enumerate(findings, start=1)
    ]
    if as_json:
        print(json.dumps(document(outcomes), indent=2))
    else:
        print("\n".join(table(outcomes, shutil.get_terminal_size().columns)))
    return int(any(outcome.standing.changed for outcome in outcomes))


def table(outcomes: Iterable[Outcome], width: int) -> list[str]:
    """A line a finding, those that changed last, then one with the numbers."""
    known = sorted(outcomes, key=lambda outcome: outcome.standing.changed)
    slug_width = max((len(outcome.finding.slug) for outcome in known), default=0)
    lines = []
    for outcome in known:
        line = f"{SIGNS[outcome.standing]:<6}  {outcome.finding.slug:<{slug_width}}  {outcome.seen}"
        lines.append(line if outcome.standing.changed else shorten(line, max(width, 40)))
    return [*lines, numbers(known)]


def numbers(outcomes: Iterable[Outcome]) -> str:
    """`50 findings: 48 hold (30 of them not reported upstream), 1 gone, ...`."""
    known = list(outcomes)
    count = {standing: sum(o.standing is standing for o in known) for standing in Standing}
    fresh = sum(o.standing is Standing.HOLDS and o.finding.upstream == NONE_FOUND for o in known)
    return (
        f"{len(known)} findings: {count[Standing.HOLDS]} hold "
        f"({fresh} of them not reported upstream), {count[Standing.GONE]} gone, "
        f"{count[Standing.BROKEN]} broken, {count[Standing.CANNOT_RUN]} cannot run here"
    )


def document(outcomes: Iterable[Outcome]) -> dict[str, Any]:
    """What --json prints."""
    return {
        "system": platform.platform(),
        "python": platform.python_version(),
        "findings": [
            {
                "slug": outcome.finding.slug,
                "title": outcome.finding.title,
                "pool": outcome.finding.pool,
                "rules": list(outcome.finding.rules),
                "upstream": outcome.finding.upstream,
                "standing": outcome.standing.value,
                "seen": outcome.seen,
                "duration_s": round(outcome.duration_s, 3),
            }
            for outcome in outcomes
        ],
    }


def _run_one(finding: Finding, folder: Path, place: str) -> Outcome:
    """Run one, with a line of progress on standard error."""
    print(f"[{place}] {finding.slug}: ", end="", file=sys.stderr, flush=True)
    outcome = run_finding(finding, folder)
    print(f"{outcome.standing.value}, {duration(outcome.duration_s)}", file=sys.stderr, flush=True)
    return outcome
