"""`site` and `compare`: many results as one site, and two of them side by side."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from poolproof_reports.comparison import compare, show
from poolproof_reports.descriptions import Description, load_descriptions
from poolproof_reports.files import text_bytes, write_atomically
from poolproof_reports.findings import Finding, load_findings
from poolproof_reports.site.benchmarks import load_benchmark
from poolproof_reports.site.build import build
from poolproof_reports.site.collection import gather
from poolproof_reports.site.pages import Site, comparison_page
from poolproof_reports.words import plural

_WIDTH = 140  # columns, where no terminal says how many there are
_RESULTS = "result files, or folders with a result.json somewhere in them"


def add_parsers(commands: argparse._SubParsersAction[Any]) -> None:
    """Add both subcommands with their options."""
    site = commands.add_parser(
        "site",
        help="write one site of many results: tables, a page a rule and a pool, findings, plots",
    )
    site.add_argument("results", type=Path, nargs="+", metavar="RESULT", help=_RESULTS)
    site.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="folder, made if missing"
    )
    site.add_argument(
        "--rules",
        type=Path,
        metavar="FILE",
        help="what the rules demand, from: poolproof explain '*' --json",
    )
    site.add_argument("--findings", type=Path, metavar="DIR", help="folder with findings.toml")
    site.add_argument(
        "--benchmark",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="what a benchmark's --json wrote, as plots; repeatable",
    )
    site.add_argument(
        "--baseline",
        type=Path,
        action="append",
        default=[],
        metavar="RESULT",
        help="earlier results to compare with; repeatable",
    )
    site.set_defaults(act=write_site, descriptions={})
    two = commands.add_parser(
        "compare", help="what changed between two results, new failures first; exit code 1 if any"
    )
    two.add_argument("old", type=Path, metavar="OLD", help=_RESULTS)
    two.add_argument("new", type=Path, metavar="NEW", help=_RESULTS)
    two.add_argument("--html", type=Path, metavar="FILE", help="write it as a page, too")
    two.set_defaults(act=show_comparison)


def write_site(options: argparse.Namespace) -> int:
    """Write the site, and say where.

    `options.descriptions` tells what the rules demand where `--rules` does not.

    Raises:
        ResultError: a file is not what it should be.
        FindingError: a finding's record is wrong.
        OSError: a file cannot be read or written.
    """
    collection = gather(options.results)
    descriptions: Mapping[str, Description] = options.descriptions
    if options.rules is not None:
        descriptions = load_descriptions(options.rules)
    findings: Sequence[Finding] = ()
    if options.findings is not None:
        findings = load_findings(options.findings)
    site = Site(
        collection,
        descriptions=descriptions,
        findings=findings,
        scripts={
            finding.slug: (options.findings / f"{finding.slug}.py").read_text("utf-8", "replace")
            for finding in findings
        },
        benchmarks=[load_benchmark(path) for path in options.benchmark],
        comparison=compare(gather(options.baseline), collection) if options.baseline else None,
    )
    number = build(site, options.out)
    print(f"{options.out / 'index.html'} and {plural(number - 1, 'file')} beside it")
    return 0


def show_comparison(options: argparse.Namespace) -> int:
    """Print what changed, and write it as a page if asked; 1 for new failures, else 0."""
    comparison = compare(gather([options.old]), gather([options.new]))
    if options.html is not None:
        options.html.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(options.html, text_bytes(comparison_page(comparison)))
    width = None if sys.stdout.isatty() else _WIDTH
    show(comparison, Console(highlight=False, width=width))
    return 1 if comparison.failures else 0
