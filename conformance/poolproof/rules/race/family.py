"""Processes that start processes, several of them at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from poolproof.checkers.judging import judge
from poolproof.history import History
from poolproof.plan import Plan
from poolproof.rule import Kind as Driver
from poolproof.rule import Level, Rule
from poolproof.rules.race.crew import Job, casualties, crew, starts
from poolproof.stage.api import Stage
from poolproof.tasks_race import start_some
from poolproof.verdict import Judgement

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


def _plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return st.fixed_dictionaries({"starters": st.integers(2, 3), "each": st.integers(1, 3)})


def _run(plan: Plan, stage: Stage) -> None:
    context: Any = stage.context
    make, each = context.Process, plan["each"]
    jobs = [
        Job(start_some, (make, stage.folder, list(range(n * each, (n + 1) * each))))
        for n in range(plan["starters"])
    ]
    with crew(stage, jobs):
        pass


def _check(plan: Plan, history: History) -> Judgement:
    missing = "" if history.facts("exitcodes") else "the starting processes were not seen to end"
    return judge(_problems(plan, history), missing=missing)


def _problems(plan: Plan, history: History) -> Iterator[str]:
    yield from casualties(history, plan["starters"])
    if history.facts("exitcodes"):
        yield from starts(history, range(plan["starters"] * plan["each"]))


FAMILIES = Rule(
    id="RACE-20",
    title="Processes that start processes at once start each its own",
    level=Level.MUST,
    kind=Driver.CONTEXT,
    demands=(
        "Several children, none of them daemonic, start processes of their own at the same moment. "
        "Each of these runs its own target with its own arguments once, and the one who started it "
        "gets its exit code."
    ),
    source="https://docs.python.org/3/library/multiprocessing.html#multiprocessing.Process.start",
    triage=(
        "Do several processes talk to one server: whose is its answer?",
        "Does a child use what it inherited of its parent's way to start processes?",
    ),
    plans=_plans,
    run=_run,
    check=_check,
    stochastic=True,
)

RULES = (FAMILIES,)
