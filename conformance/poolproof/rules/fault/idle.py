"""Workers die while they have nothing to do."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

from poolproof import tasks
from poolproof.checkers.judging import judge
from poolproof.drivers import capabilities as can
from poolproof.drivers.base import Pool
from poolproof.gate import Gate, wait_at
from poolproof.history import History
from poolproof.plan import Plan
from poolproof.rule import Kind as Driver
from poolproof.rule import Level, Rule
from poolproof.rules.fault.around import settle, submit
from poolproof.stage.api import Stage
from poolproof.tasks_fault import KILL
from poolproof.verdict import Judgement

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


def crew(pool: Pool, workers: int) -> list[int]:
    """The pids of all workers: each was seen inside a task, and its result was read."""
    with Gate() as gate:
        held = [pool.submit(wait_at, gate.address) for _ in range(workers)]
        pids = [visitor.pid for visitor in gate.admit(workers)]
    for result in held:
        result.get()
    return pids


def _plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return st.fixed_dictionaries(
        {
            "workers": st.integers(1, 2),
            "killed": st.sampled_from(["one", "all"]),
            "later": st.integers(1, 8),
        }
    )


def _run(plan: Plan, stage: Stage) -> None:
    with stage.fresh_pool(plan["workers"]) as pool:
        pids = crew(pool, plan["workers"])
        for pid in pids if plan["killed"] == "all" else pids[:1]:
            os.kill(pid, KILL)
        asked = [(k, submit(stage, pool, k, tasks.identity, k)) for k in range(plan["later"])]
        settle(stage, [(key, result) for key, result in asked if result is not None])


def _check(plan: Plan, history: History) -> Judgement:
    missing = "" if history.facts("settled") else "not all results were waited for"
    return judge(_problems(plan, history) if not missing else (), missing=missing)


def _problems(plan: Plan, history: History) -> Iterator[str]:
    for key, value in history.ok("get").items():
        if value != key:
            yield (
                f"{plan['killed']} of {plan['workers']} idle worker(s) killed, task {key} "
                f"submitted afterwards returned {value!r}; expected {key} or an error"
            )


IDLE = Rule(
    id="FAULT-11",
    title="Idle workers are killed: tasks submitted afterwards settle",
    level=Level.MUST,
    kind=Driver.POOL,
    demands=(
        "One worker or all of them are killed when their tasks are done and the results read. "
        "Each task submitted afterwards gives its value or an error (at submission, or in its "
        "result): none waits for ever for a lock or a queue that the dead worker held."
    ),
    source="https://github.com/python/cpython/issues/96062",
    triage=(
        "Does an idle worker hold the lock of a shared task queue?",
        "Can a task be handed to a worker that is dead, and is it then handed on?",
    ),
    plans=_plans,
    run=_run,
    check=_check,
    needs=frozenset({can.PROCESSES}),
    deadline_s=5.0,
)

RULES = (IDLE,)
