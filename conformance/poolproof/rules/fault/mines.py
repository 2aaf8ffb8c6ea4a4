"""Values that pickle and do not unpickle: an argument in the worker, a result in the parent."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from poolproof import tasks
from poolproof.drivers import capabilities as can
from poolproof.history import History
from poolproof.plan import Plan
from poolproof.rule import Kind as Driver
from poolproof.rule import Level, Rule
from poolproof.rules.fault.around import (
    bad_key,
    check_around,
    hurt_neighbours,
    plans_around,
    run_around,
    settle,
    submit_around,
    undue_success,
)
from poolproof.stage.api import Stage
from poolproof.tasks_fault import Mined, give_mined
from poolproof.verdict import Judgement

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

_FUTURES = "https://github.com/python/cpython/blob/main/Lib/test/test_concurrent_futures"
_STAGES = f"{_FUTURES}/test_deadlock.py"


def _plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    # EOFError and OSError are what a channel raises itself.
    kinds = ["ValueError", "AttributeError", "EOFError", "OSError", "MemoryError"]
    return plans_around(raises=st.sampled_from(kinds))


def _run_argument(plan: Plan, stage: Stage) -> None:
    with stage.fresh_pool(plan["workers"]) as pool:
        settle(stage, submit_around(stage, pool, plan, tasks.identity, Mined(plan["raises"])))


def _check_settles(what: str, plan: Plan, history: History) -> Judgement:
    sentence = f"the {what} of task {bad_key(plan)} cannot be unpickled"
    return check_around(plan, history, undue_success(plan, history, sentence))


def _check_contained(plan: Plan, history: History) -> Judgement:
    return check_around(plan, history, hurt_neighbours(plan, history))


ARGUMENT = Rule(
    id="FAULT-16",
    title="An argument that cannot be unpickled is an error at its task's caller",
    level=Level.MUST,
    kind=Driver.POOL,
    demands=(
        "An argument pickles in the parent and raises when it is unpickled in the worker, as after "
        "an ImportError there. The result of its task is an error, and every other one settles."
    ),
    source=_STAGES,
    triage=(
        "Does the worker unpickle the task outside of what it guards?",
        "Is an EOFError or OSError of unpickling taken for the end of the channel?",
    ),
    plans=_plans,
    run=_run_argument,
    check=partial(_check_settles, "argument"),
    needs=frozenset({can.PROCESSES}),
    deadline_s=5.0,
)

ARGUMENT_CONTAINED = Rule(
    id="FAULT-17",
    title="An argument that cannot be unpickled leaves other tasks alone",
    level=Level.SHOULD,
    kind=Driver.POOL,
    demands=(
        "The tasks submitted before and after one whose argument cannot be unpickled give their "
        "own values: one faulty value does not break the pool."
    ),
    source=_STAGES,
    triage=("Does the worker end when it cannot read a task?",),
    plans=_plans,
    run=_run_argument,
    check=_check_contained,
    needs=frozenset({can.PROCESSES}),
    after=("FAULT-16",),
    deadline_s=5.0,
)

RESULT = Rule(
    id="FAULT-18",
    title="A result that cannot be unpickled is an error at its task's caller",
    level=Level.MUST,
    kind=Driver.POOL,
    demands=(
        "A task returns a value that pickles in the worker and raises when it is unpickled in the "
        "parent. Its result is an error, and every other one settles."
    ),
    source=_STAGES,
    triage=(
        "What does the thread that reads results do when loads() raises?",
        "Does the task's number travel outside of what cannot be read?",
    ),
    plans=_plans,
    run=run_around(give_mined, "raises"),
    check=partial(_check_settles, "result"),
    needs=frozenset({can.PROCESSES}),
    deadline_s=5.0,
)

RESULT_CONTAINED = Rule(
    id="FAULT-19",
    title="A result that cannot be unpickled leaves other tasks alone",
    level=Level.SHOULD,
    kind=Driver.POOL,
    demands=(
        "The tasks submitted before and after one whose result cannot be unpickled give their own "
        "values: one faulty value does not break the pool."
    ),
    source=_STAGES,
    triage=("Is a failure to read one result taken for a broken pool?",),
    plans=_plans,
    run=run_around(give_mined, "raises"),
    check=_check_contained,
    needs=frozenset({can.PROCESSES}),
    after=("FAULT-18",),
    deadline_s=5.0,
)

RULES = (ARGUMENT, ARGUMENT_CONTAINED, RESULT, RESULT_CONTAINED)
