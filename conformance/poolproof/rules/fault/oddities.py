"""Values and exceptions whose transport fails in ways that few expect."""

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
    plans_around,
    run_around,
    settle,
    submit_around,
    undue_success,
)
from poolproof.stage.api import Stage
from poolproof.tasks_fault import EXITS, LOADS, ODDITIES, Odd, give_odd, raise_laden
from poolproof.verdict import Judgement

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


def _odd_plans(kinds: list[str]) -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return plans_around(what=st.sampled_from(["argument", "result"]), raises=st.sampled_from(kinds))


def _run_odd(plan: Plan, stage: Stage) -> None:
    argument = plan["what"] == "argument"
    job = (tasks.identity, Odd(plan["raises"])) if argument else (give_odd, plan["raises"])
    with stage.fresh_pool(plan["workers"]) as pool:
        settle(stage, submit_around(stage, pool, plan, *job))


def _check_odd(plan: Plan, history: History) -> Judgement:
    what = f"the {plan['what']} of task {bad_key(plan)} cannot be pickled ({plan['raises']})"
    return check_around(plan, history, undue_success(plan, history, what))


ENDING = Rule(
    id="FAULT-20",
    title="SystemExit raised by the pickling of a value settles its task",
    level=Level.MUST,
    kind=Driver.POOL,
    demands=(
        "The pickling of an argument or a result raises SystemExit, KeyboardInterrupt or "
        "GeneratorExit (a __reduce__ that waits or imports may meet any of them). The task is an "
        "error, at submission or in its result, and all other results settle: no thread of the "
        "pool ends of it."
    ),
    source="https://docs.python.org/3/library/exceptions.html#exception-hierarchy",
    triage=(
        "Is a task pickled in a thread of the pool that catches Exception alone?",
        "Does a worker that ends while it pickles a result count as one that died in the task?",
    ),
    plans=lambda: _odd_plans(sorted(EXITS)),
    run=_run_odd,
    check=_check_odd,
    needs=frozenset({can.PROCESSES}),
    deadline_s=5.0,
)

ODD = Rule(
    id="FAULT-21",
    title="A value that is too deep, too large or unsayable for pickle is an error of its task",
    level=Level.MUST,
    kind=Driver.POOL,
    demands=(
        "The pickling of an argument or a result raises RecursionError (too deep a nesting), "
        "MemoryError, or an exception whose own str() and repr() raise. The task is an error, at "
        "submission or in its result, and all other results settle."
    ),
    source="https://docs.python.org/3/library/pickle.html#what-can-be-pickled-and-unpickled",
    triage=(
        "Does the report of an error call str() or repr() outside of what it guards?",
        "Are only PicklingError and TypeError expected from pickling?",
    ),
    plans=lambda: _odd_plans(sorted(ODDITIES)),
    run=_run_odd,
    check=_check_odd,
    needs=frozenset({can.PROCESSES}),
    deadline_s=5.0,
)


def _laden_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return plans_around(carries=st.sampled_from(sorted(LOADS)))


def _check_laden(plan: Plan, history: History) -> Judgement:
    what = f"task {bad_key(plan)} raised an exception that carries {plan['carries']}"
    return check_around(plan, history, undue_success(plan, history, what))


LADEN = Rule(
    id="FAULT-33",
    title="An exception that carries a lock, a frame or megabytes settles its task",
    level=Level.MUST,
    kind=Driver.POOL,
    demands=(
        "A task raises an exception with an attribute that cannot be pickled, is large, or is the "
        "exception itself, and with a chain of causes; or one that cannot be pickled and whose "
        "repr() raises. Its result is an error (some error), and its neighbours' results settle."
    ),
    source="https://docs.python.org/3/library/pickle.html#pickle.PicklingError",
    triage=(
        "What does the worker send when the exception cannot be pickled?",
        "Does the error in its place contain repr() of the exception, and may that raise?",
    ),
    plans=_laden_plans,
    run=run_around(raise_laden, "carries"),
    check=_check_laden,
    needs=frozenset({can.PROCESSES}),
    deadline_s=5.0,
)

RULES = (ENDING, ODD, LADEN)
