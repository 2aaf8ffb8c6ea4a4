"""What cannot be pickled, or cannot be unpickled."""

from __future__ import annotations

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
from poolproof.tasks_fault import Unpicklable, give_unpicklable, raise_untransportable
from poolproof.verdict import Judgement

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


def _unreadable_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return plans_around(
        raises=st.sampled_from(["two arguments", "ValueError", "AttributeError", "EOFError"])
    )


def _check_unreadable(plan: Plan, history: History) -> Judgement:
    what = f"task {bad_key(plan)} raised an exception that cannot be unpickled"
    return check_around(plan, history, undue_success(plan, history, what))


UNREADABLE = Rule(
    id="FAULT-03",
    title="An exception that cannot be unpickled is an error at its task's caller",
    level=Level.MUST,
    kind=Driver.POOL,
    demands=(
        "A task raises an exception that pickles and cannot be unpickled, such as one whose "
        "constructor takes two arguments and gives one to Exception. Its result is an error, and "
        "every other result settles."
    ),
    source="https://github.com/python/cpython/issues/79492",
    triage=(
        "What does the thread that reads results do when loads() raises?",
        "Does the task's number travel outside of what cannot be read?",
    ),
    plans=_unreadable_plans,
    run=run_around(raise_untransportable, "raises"),
    check=_check_unreadable,
    needs=frozenset({can.PROCESSES}),
)


def _check_contained(plan: Plan, history: History) -> Judgement:
    return check_around(plan, history, hurt_neighbours(plan, history))


CONTAINED = Rule(
    id="FAULT-10",
    title="An exception that cannot be unpickled leaves other tasks alone",
    level=Level.SHOULD,
    kind=Driver.POOL,
    demands=(
        "The tasks submitted before and after one whose exception cannot be unpickled give their "
        "own values: one faulty exception class does not break the pool."
    ),
    source="https://github.com/python/cpython/issues/79492",
    triage=("Is a failure to read one result taken for a broken pool?",),
    plans=_unreadable_plans,
    run=run_around(raise_untransportable, "raises"),
    check=_check_contained,
    needs=frozenset({can.PROCESSES}),
    after=("FAULT-03",),
)


def _unsendable_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return plans_around(
        what=st.sampled_from(["argument", "callable", "result"]),
        raises=st.sampled_from(["PicklingError", "ValueError", "AttributeError", "OSError"]),
    )


def _run_unsendable(plan: Plan, stage: Stage) -> None:
    jobs = {
        "argument": (tasks.identity, Unpicklable(plan["raises"])),
        "callable": (Unpicklable(plan["raises"]),),
        "result": (give_unpicklable, plan["raises"]),
    }
    with stage.fresh_pool(plan["workers"]) as pool:
        settle(stage, submit_around(stage, pool, plan, *jobs[plan["what"]]))


def _check_unsendable(plan: Plan, history: History) -> Judgement:
    what = f"the {plan['what']} of task {bad_key(plan)} cannot be pickled"
    return check_around(
        plan,
        history,
        undue_success(plan, history, what),
        hurt_neighbours(plan, history),
    )


UNSENDABLE = Rule(
    id="FAULT-04",
    title="What cannot be pickled is an error at the caller of that task alone",
    level=Level.MUST,
    kind=Driver.POOL,
    demands=(
        "The argument, the callable or the result of one task raises when it is pickled. That task "
        "fails, at submission or in its result; its neighbours give their values."
    ),
    source="https://github.com/python/cpython/issues/84376",
    triage=(
        "Is a task pickled in a background thread that has nobody to tell?",
        "Does a worker that cannot send a result send an error in its place?",
        "Are only PicklingError and TypeError expected from pickling?",
    ),
    plans=_unsendable_plans,
    run=_run_unsendable,
    check=_check_unsendable,
    needs=frozenset({can.PROCESSES}),
)

RULES = (UNREADABLE, UNSENDABLE, CONTAINED)
