"""`poolproof judge`: ask the rules again what they say of saved histories."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from dataclasses import asdict, dataclass
from pathlib import Path

from poolproof.case import Case, CaseError, load
from poolproof.catalogue import UnknownRule, find, rules
from poolproof.cli.errors import choice, report
from poolproof.cli.run import FAILED
from poolproof.trial import judgement_on
from poolproof.verdict import Verdict

_EPILOG = """\
examples:
  poolproof judge poolproof-report/failures/*.json     no pool is opened, nothing runs
  poolproof judge old.json --json                      after a rule was changed, say

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


def add_options(parser: ArgumentParser) -> None:
    """The options of `poolproof judge`."""
    parser.epilog = _EPILOG
    parser.add_argument("files", metavar="FILE", nargs="+", help="a case file of `poolproof run`")
    parser.add_argument("--json", action="store_true", help="print the verdicts as JSON")


def main(options: Namespace) -> int:
    """Run the command; return its exit code."""
    try:
        judged = [_judged(Path(file)) for file in options.files]
    except UnknownRule as error:
        return report(choice("rule", str(error), rules(), "see: poolproof run --list rules"))
    except CaseError as error:
        return report(error)
    if options.json:
        print(json.dumps([asdict(each) for each in judged], indent=1))
    else:
        for each in judged:
            where = f"{each.file}: {each.rule} {each.pool} {each.start_method}"
            said = f"{each.verdict} (was {each.was}){': ' if each.message else ''}{each.message}"
            print(f"{where} {said}")
    return 0 if all(each.verdict == Verdict.PASS.name for each in judged) else FAILED


def _judged(file: Path) -> _Judged:
    case = load(file)
    verdict, message = _verdict(case)
    where = (case.rule, case.pool, case.start_method)
    return _Judged(str(file), *where, case.came_out, verdict, message)


def _verdict(case: Case) -> tuple[str, str]:
    try:
        judgement = judgement_on(find(case.rule), case.plan, case.events())
    except UnknownRule:
        raise
    except Exception as error:  # noqa: BLE001 - a plan or history that today's rule does not know
        return "ERROR", f"the rule's check raised {type(error).__name__}: {error}"
    return judgement.verdict.name, judgement.message
