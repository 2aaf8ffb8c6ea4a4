"""`poolproof judge`: ask the rules again what they say of saved histories."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from dataclasses import asdict, dataclass
from pathlib import Path

from poolproof_reports.files import text_bytes, write_atomically

from poolproof.case import Case, CaseError, load
from poolproof.catalogue import UnknownRule, find, rules
from poolproof.cli.errors import BadInput, choice, report
from poolproof.cli.request import writable
from poolproof.cli.run import FAILED
from poolproof.trial import judgement_on
from poolproof.verdict import Verdict

_EPILOG = """\
examples:
  poolproof judge poolproof-report/failures/*.json     no pool is opened, nothing runs
  poolproof judge old.json --json                      after a rule was changed, say
  poolproof judge race.json --draw images              images/race.svg: who did what, and when

A history that ended in a TIMEOUT or CRASH is often UNKNOWN here: it has no end to be judged.

exit codes: 0 all pass; 1 one fails, or cannot be told; 2 a file is none, or its rule is gone
"""


@dataclass(frozen=True, slots=True)
class _Judged:
    file: str
    rule: str
    pool: str
    start_method: str
    was: str  # the outcome in the file
    verdict: str
    message: str
    drawing: str  # the image that was written; empty: there is nothing to draw


def add_options(parser: ArgumentParser) -> None:
    """The options of `poolproof judge`."""
    parser.epilog = _EPILOG
    parser.add_argument("files", metavar="FILE", nargs="+", help="a case file of `poolproof run`")
    parser.add_argument(
        "--draw",
        metavar="DIR",
        type=Path,
        help="write an SVG timeline of each history that contradicts itself, by rules that draw",
    )
    parser.add_argument("--json", action="store_true", help="print the verdicts as JSON")


def main(options: Namespace) -> int:
    """Run the command; return its exit code."""
    try:
        if options.draw is not None:
            writable("--draw", options.draw)
        judged = [_judged(Path(file), options.draw) for file in options.files]
    except UnknownRule as error:
        return report(choice("rule", str(error), rules(), "see: poolproof run --list rules"))
    except (BadInput, CaseError) as error:
        return report(error)
    if options.json:
        print(json.dumps([asdict(each) for each in judged], indent=1))
    else:
        for each in judged:
            where = f"{each.file}: {each.rule} {each.pool} {each.start_method}"
            said = f"{each.verdict} (was {each.was}){': ' if each.message else ''}{each.message}"
            print(f"{where} {said}")
            if each.drawing:
                print(f"drawn: {each.drawing}")
    return 0 if all(each.verdict == Verdict.PASS.name for each in judged) else FAILED


def _judged(file: Path, folder: Path | None) -> _Judged:
    case = load(file)
    verdict, message = _verdict(case)
    where = (case.rule, case.pool, case.start_method)
    drawing = "" if folder is None or verdict != Verdict.FAIL.name else _drawing(case)
    image = ""
    if folder is not None and drawing:
        folder.mkdir(parents=True, exist_ok=True)
        image = str(folder / f"{file.stem}.svg")
        write_atomically(Path(image), text_bytes(drawing))
    return _Judged(str(file), *where, case.came_out, verdict, message, image)


def _drawing(case: Case) -> str:
    draw = find(case.rule).draw
    return "" if draw is None else draw(case.plan, case.events())


def _verdict(case: Case) -> tuple[str, str]:
    try:
        judgement = judgement_on(find(case.rule), case.plan, case.events())
    except UnknownRule:
        raise
    except Exception as error:  # noqa: BLE001 - a plan or history that today's rule does not know
        return "ERROR", f"the rule's check raised {type(error).__name__}: {error}"
    return judgement.verdict.name, judgement.message
