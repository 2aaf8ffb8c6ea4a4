"""`poolproof replay`: run one plan once more, and show what happened."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from dataclasses import dataclass, replace

from poolproof_reports.results import Outcome

from poolproof.case import CaseError, load
from poolproof.catalogue import UnknownRule, find, rules
from poolproof.cli import INTERRUPTED
from poolproof.cli.errors import BadInput, choice, report
from poolproof.cli.run import FAILED
from poolproof.plan import Plan
from poolproof.profiles import PROFILES
from poolproof.rule import Rule
from poolproof.stage.keeper import Keeper, Refused
from poolproof.trial import Failure, Trial

_EPILOG = """\
examples:
  poolproof replay poolproof-report/failures/FAULT-01-multiprocessing-fork.json
  poolproof replay FILE --times 50                     how often does it fail?
  poolproof replay FILE --pool mypackage.mypool:factory --start-method spawn
  poolproof replay poolproof-report/running.json       what ran when everything died
  poolproof replay --pool loky --start-method loky --rule RES-02 --plan '{"items": [1]}'

exit codes: 0 it passes; 1 it failed, or could not be judged; 2 the command was wrong;
130 stopped by Ctrl-C, with what was seen until then
"""


@dataclass(frozen=True, slots=True)
class _Replay:
    rule: Rule
    plan: Plan
    pool: str
    start_method: str
    times: int


def add_options(parser: ArgumentParser) -> None:
    """The options of `poolproof replay`."""
    parser.epilog = _EPILOG
    add = parser.add_argument
    add("file", metavar="FILE", nargs="?", help="a case file: `poolproof run` keeps each failure")
    add("--pool", help="as in `poolproof run` (default: that of the file)")
    add("--start-method", help="as in `poolproof run` (default: that of the file)")
    add("--rule", help="the id of the rule, where there is no file")
    add("--plan", help="the plan, as JSON, where there is no file: a report shows it")
    add("--times", type=int, metavar="N", help="runs (default: as many as the rule gives a plan)")


def main(options: Namespace) -> int:
    """Run the command; return its exit code."""
    try:
        return _replay(_asked(options))
    except UnknownRule as error:
        return report(choice("rule", str(error), rules(), "see: poolproof run --list rules"))
    except (BadInput, CaseError, Refused) as error:
        return report(error)


def _asked(options: Namespace) -> _Replay:
    if options.file is not None:
        if options.rule or options.plan:
            raise BadInput("FILE has a rule and a plan: leave out --rule and --plan, or FILE")
        case = load(options.file)
        rule, plan = find(case.rule), case.plan
        pool, start_method = options.pool or case.pool, options.start_method or case.start_method
    else:
        missing = [n for n in ("pool", "start_method", "rule", "plan") if not getattr(options, n)]
        if missing:
            names = ", ".join("--" + name.replace("_", "-") for name in missing)
            raise BadInput(f"name a case FILE, or give {names} too")
        rule, plan = find(options.rule), _plan(options.plan)
        pool, start_method = options.pool, options.start_method
    times = rule.repeats if options.times is None else options.times
    if times < 1:
        raise BadInput(f"--times {times}: expected 1 or more")
    return _Replay(rule, plan, pool, start_method, times)


def _plan(text: str) -> Plan:
    try:
        plan = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"--plan is no JSON ({error}); copy the plan from a report") from error
    if not isinstance(plan, dict):
        raise BadInput(f"--plan must be a JSON object, got {text[:60]!r}")
    return plan


def _replay(asked: _Replay) -> int:
    once = replace(asked.rule, repeats=1)
    trials: list[Trial] = []
    try:
        with Keeper(asked.pool, asked.start_method) as keeper:
            while len(trials) < asked.times:
                trial = Trial(once, keeper, PROFILES["quick"])
                trial.fails(asked.plan)
                trials.append(trial)
    except KeyboardInterrupt:
        if not trials:
            raise
        print("stopped by Ctrl-C", file=sys.stderr)
    code = _tell(trials)
    return code if len(trials) == asked.times else INTERRUPTED


def _tell(trials: Sequence[Trial]) -> int:
    failures = [trial.failure for trial in trials if trial.failure is not None]
    unknowns = [text for trial in trials for text in trial.unknowns]
    if failures:
        _show(failures[0])
    if len(trials) > 1:
        print(f"failed {len(failures)} of {len(trials)} times")
    if not failures:
        cannot_tell = len(unknowns) == len(trials)
        print(f"UNKNOWN: {unknowns[0]}" if cannot_tell else Outcome.PASS.value)
        return FAILED if cannot_tell else 0
    print(f"{failures[0].outcome.value}: {failures[0].message}")
    return FAILED


def _show(failure: Failure) -> None:
    run = failure.run
    for event in run.history:
        print(json.dumps(event.as_json()))
    print("\n".join(filter(None, (run.stacks, *run.processes, run.log, run.detail))))
