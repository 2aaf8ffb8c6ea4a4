"""A worker dies and leaves a child of its own behind."""

from __future__ import annotations

from poolproof.drivers import capabilities as can
from poolproof.gate import Gate
from poolproof.history import History
from poolproof.plan import Plan
from poolproof.rule import Kind as Driver
from poolproof.rule import Level, Rule
from poolproof.rules.fault.around import (
    bad_key,
    check_around,
    plans_around,
    settle,
    submit_around,
    undue_success,
)
from poolproof.stage.api import Stage
from poolproof.tasks_fault import posix
from poolproof.verdict import Judgement


def _run(plan: Plan, stage: Stage) -> None:
    with Gate() as gate, stage.fresh_pool(plan["workers"]) as pool:
        pending = submit_around(stage, pool, plan, posix().leave_heir, gate.address)
        gate.admit()  # the heir, which stays until the gate closes
        settle(stage, pending)


def _check(plan: Plan, history: History) -> Judgement:
    what = f"the worker of task {bad_key(plan)} died and left a child behind"
    return check_around(plan, history, undue_success(plan, history, what))


HEIR = Rule(
    id="FAULT-34",
    title="A worker dies and its child lives on: every outstanding result settles",
    level=Level.MUST,
    kind=Driver.POOL,
    demands=(
        "A task forks a child and its worker dies. The child goes on and has inherited each "
        "descriptor of the worker: pipes, and what tells that the worker is alive. Every result "
        "settles while the child lives, and that of this task is an error."
    ),
    source="https://docs.python.org/3/library/multiprocessing.html"
    "#multiprocessing.Process.sentinel",
    triage=(
        "Is a worker taken for alive while its pipe or its sentinel is open?",
        "On Linux, a pidfd becomes ready when the process has ended, whoever holds its pipes.",
    ),
    plans=plans_around,
    run=_run,
    check=_check,
    needs=frozenset({can.PROCESSES, can.POSIX}),
    deadline_s=5.0,
)

RULES = (HEIR,)
