"""`poolproof shrink`: from a plan that fails to the smallest one that fails in the same way."""

from __future__ import annotations

import json
import sys
import time
from argparse import ArgumentParser, Namespace
from dataclasses import dataclass, replace
from pathlib import Path

from poolproof.archive import versions
from poolproof.case import Case, CaseError, load, save
from poolproof.catalogue import UnknownRule, find, rules
from poolproof.cli.durations import seconds
from poolproof.cli.errors import BadInput, choice, report
from poolproof.cli.request import writable_file
from poolproof.cli.run import FAILED
from poolproof.plan import canonical, size
from poolproof.profiles import PROFILES
from poolproof.search import shrink
from poolproof.stage.keeper import Keeper, Refused
from poolproof.trial import Failure, Trial

_PATIENT = replace(PROFILES["deep"], rule_s=float("inf"), shrink_s=float("inf"))
_EPILOG = """\
examples:
  poolproof shrink poolproof-report/failures/RES-02-mypool-fork.json
  poolproof shrink FILE --for 1h --out small.json     a hang costs its deadline at every step

Ctrl-C ends it early and keeps the smallest plan found. The file written replays like any other.

exit codes: 0 a file was written; 1 the plan does not fail any more; 2 the command was wrong
"""


def add_options(parser: ArgumentParser) -> None:
    """The options of `poolproof shrink`."""
    parser.epilog = _EPILOG
    parser.add_argument("file", metavar="FILE", help="a case file of `poolproof run`")
    parser.add_argument("--for", dest="for_", default="5m", metavar="TIME", help="default: 5m")
    parser.add_argument("--out", metavar="FILE", help="default: FILE with .small before its suffix")


def main(options: Namespace) -> int:
    """Run the command; return its exit code."""
    try:
        case = _shrinkable(options.file)
        out = Path(options.out) if options.out else Path(options.file).with_suffix(".small.json")
        return _shrink(case, seconds("--for", options.for_), writable_file("--out", out))
    except UnknownRule as error:
        return report(choice("rule", str(error), rules(), "see: poolproof run --list rules"))
    except (BadInput, CaseError, Refused) as error:
        return report(error)
    except OSError as error:
        return report(BadInput(f"--out {error.filename}: cannot write ({error.strerror})"))


def _shrinkable(file: str) -> Case:
    case = load(file)
    if case.outcome is None:
        raise BadInput(f"{file}: that plan was not seen to fail; first: poolproof replay {file}")
    if not case.choices:
        raise BadInput(
            f"{file}: has no choices, which say how the plan was drawn; it cannot shrink"
        )
    return case


def _shrink(case: Case, limit_s: float, out: Path) -> int:
    shrinking = _Shrinking(case, until=time.monotonic() + limit_s)
    with Keeper(case.pool, case.start_method) as keeper:
        try:
            # Hypothesis stops by itself after a while: it goes on from where it came to.
            while shrinking.go_on(keeper) and time.monotonic() < shrinking.until:
                pass
        except KeyboardInterrupt:
            keeper.renew()
            print("stopped by Ctrl-C", file=sys.stderr)
    if shrinking.smallest is None:
        print(shrinking.why_not)
        return FAILED
    save(replace(shrinking.smallest, versions=versions()), out)
    print(f"{case.came_out}: {shrinking.smallest.message}")
    print(f"{json.dumps(shrinking.smallest.plan)}\nwritten: {out}")
    return 0


@dataclass
class _Shrinking:
    case: Case  # where it began
    until: float  # on the monotonic clock
    smallest: Case | None = None  # None: it was not seen to fail
    why_not: str = ""

    def go_on(self, keeper: Keeper) -> bool:
        """Search once; is what fails now smaller than what did before?"""
        known = self.smallest or self.case
        trial = Trial(
            find(known.rule),
            keeper,
            _PATIENT,
            only=known.outcome,
            until=self.until,
            on_smaller=_tell,
        )
        try:
            shrink(trial, known.choices, known.seed)
        finally:
            self._keep(trial)
        return self.smallest is not None and size(self.smallest.plan) < size(known.plan)

    def _keep(self, trial: Trial) -> None:
        if trial.failure is not None:
            self.smallest = trial.failure.case(self.case, trial.choices)
        elif not trial.tried(self.case.plan):
            self.why_not = (
                "the choices draw another plan now: the rule's generator has changed since; "
                "`poolproof replay` runs the plan as it is"
            )
        else:
            self.why_not = f"it does not come out as {self.case.came_out} any more"


def _tell(failure: Failure) -> None:
    text = canonical(failure.plan)
    print(f"{len(text)} characters: {text[:100]}", file=sys.stderr)
