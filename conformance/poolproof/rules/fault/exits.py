"""SystemExit, KeyboardInterrupt and GeneratorExit raised by a task."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from poolproof.history import History, Kind
from poolproof.plan import Plan
from poolproof.rule import Kind as Driver
from poolproof.rule import Level, Rule
from poolproof.rules.fault.around import (
    bad_key,
    check_around,
    plans_around,
    run_around,
    undue_success,
)
from poolproof.rules.results import settled
from poolproof.tasks_fault import EXITS, raise_exit
from poolproof.verdict import Judgement

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


def _plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return plans_around(raises=st.sampled_from(sorted(EXITS)))


def _check_settles(plan: Plan, history: History) -> Judgement:
    what = f"task {bad_key(plan)} raised {plan['raises']}"
    return check_around(plan, history, undue_success(plan, history, what))


SETTLES = Rule(
    id="FAULT-02",
    title="SystemExit raised in a task settles its result",
    level=Level.MUST,
    kind=Driver.POOL,
    demands=(
        "A task raises SystemExit, KeyboardInterrupt or GeneratorExit, as sys.exit() in a library "
        "does. Its result is an error, and its neighbours' results settle too."
    ),
    source="https://github.com/python/cpython/pull/101081",
    triage=(
        "Does the worker catch Exception where it should catch BaseException?",
        "Does the worker end, and its task with it?",
    ),
    plans=_plans,
    run=run_around(raise_exit, "raises"),
    check=_check_settles,
)


def _check_harmless(plan: Plan, history: History) -> Judgement:
    return check_around(plan, history, _program_ends(plan, history))


def _program_ends(plan: Plan, history: History) -> Iterator[str]:
    for key, end in settled(history, "get").items():
        if end.kind is Kind.FAIL and "builtins.Exception" not in end.value["bases"]:
            yield (
                f"task {bad_key(plan)} raised {plan['raises']} and reading result {key} raises "
                f"{end.value['type']} in the caller, which ends it; expected an Exception"
            )


HARMLESS = Rule(
    id="FAULT-09",
    title="A task that calls sys.exit() cannot end the program that reads its result",
    level=Level.SHOULD,
    kind=Driver.POOL,
    demands=(
        "What get() raises for a task that raised SystemExit, KeyboardInterrupt or GeneratorExit "
        "is an Exception (the original may be its cause). Raised as itself it would run past "
        "`except Exception` and end the caller: with SystemExit(0) without a word."
    ),
    source="https://docs.python.org/3/library/exceptions.html#SystemExit",
    triage=("Is the exception wrapped before it is raised at the caller?",),
    plans=_plans,
    run=run_around(raise_exit, "raises"),
    check=_check_harmless,
    after=("FAULT-02",),
)

RULES = (SETTLES, HARMLESS)
