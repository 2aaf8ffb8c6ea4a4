"""Native code crashes under a task."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
    undue_success,
)
from poolproof.tasks_fault import crash
from poolproof.verdict import Judgement

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


def _plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return plans_around(crash=st.sampled_from(["sigsegv", "sigabrt"]))


def _check(plan: Plan, history: History) -> Judgement:
    what = f"the worker of task {bad_key(plan)} crashed ({plan['crash']})"
    return check_around(plan, history, undue_success(plan, history, what))


CRASHES = Rule(
    id="FAULT-15",
    title="Native code crashes under a task: every outstanding result settles",
    level=Level.MUST,
    kind=Driver.POOL,
    demands=(
        "A task reads an address that is not mapped, or calls abort(), as a faulty extension "
        "module does. Every result settles, and that of this task is an error."
    ),
    source="https://github.com/python/cpython/issues/66587",
    triage=(
        "Is the exit code of a crash understood (a signal, or an NTSTATUS of 32 bits)?",
        "Is the task that the worker held remembered in the parent?",
    ),
    plans=_plans,
    run=run_around(crash, "crash"),
    check=_check,
    needs=frozenset({can.PROCESSES}),
    deadline_s=5.0,
)

RULES = (CRASHES,)
