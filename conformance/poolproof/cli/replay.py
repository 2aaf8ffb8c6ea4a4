"""`poolproof replay`: run one plan once more, and show what happened."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace

from poolproof_reports.results import Outcome

from poolproof.catalogue import UnknownRule, find, rules
from poolproof.cli.errors import BadInput, choice, report
from poolproof.cli.run import FAILED
from poolproof.plan import Plan
from poolproof.profiles import PROFILES
from poolproof.stage.keeper import Keeper, Refused
from poolproof.trial import Trial


def add_options(parser: ArgumentParser) -> None:
    """The options of `poolproof replay`."""
    parser.add_argument("--pool", required=True, help="as in `poolproof run`")
    parser.add_argument("--start-method", required=True, help="as in `poolproof run`")
    parser.add_argument("--rule", required=True, help="the id of the rule")
    parser.add_argument("--plan", required=True, help="the plan, as JSON: a report shows it")


def main(options: Namespace) -> int:
    """Run the command; return its exit code."""
    try:
        return _replay(options)
    except UnknownRule as error:
        return report(choice("rule", str(error), rules(), "see: poolproof run --list rules"))
    except (BadInput, Refused) as error:
        return report(error)


def _replay(options: Namespace) -> int:
    rule, plan = find(options.rule), _plan(options.plan)
    with Keeper(options.pool, options.start_method) as keeper:
        trial = Trial(rule, keeper, PROFILES["quick"])
        trial.fails(plan)
    if trial.failure is None:
        unknown = f"UNKNOWN: {trial.unknowns[0]}" if trial.unknowns else ""
        print(unknown or Outcome.PASS.value)
        return 0
    run = trial.failure.run
    for event in run.history:
        print(json.dumps(event.as_json()))
    print("\n".join(filter(None, (run.stacks, *run.processes, run.log, run.detail))))
    print(f"{trial.failure.outcome.value}: {trial.failure.message}")
    return FAILED


def _plan(text: str) -> Plan:
    try:
        plan = json.loads(text)
    except ValueError as error:
        raise BadInput(f"--plan is no JSON ({error}); copy the plan from a report") from error
    if not isinstance(plan, dict):
        raise BadInput(f"--plan must be a JSON object, got {text[:60]!r}")
    return plan
