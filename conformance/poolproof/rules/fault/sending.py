"""A worker dies outside of its task's own code: while an argument or a result is under way."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

from poolproof.drivers import capabilities as can
from poolproof.gate import Gate
from poolproof.history import History, Kind
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
from poolproof.rules.fault.death import kill_next
from poolproof.stage.api import Stage
from poolproof.tasks_fault import KILL, Opening, Parcel, accept
from poolproof.verdict import Judgement

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

_ISSUE = "https://github.com/python/cpython/blob/main/Lib/test/test_concurrent_futures"
_SIZES = [0, 1000, 70_000, 1 << 20, 8 << 20]  # bytes: about a pipe's 64 KiB, and far beyond


def _result_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return plans_around(
        size=st.sampled_from(_SIZES), moment=st.sampled_from(["begun", "pickled", "sent"])
    )


def _run_result(plan: Plan, stage: Stage) -> None:
    with stage.fresh_pool(plan["workers"]) as pool:
        with Gate() as gate:
            parcel = (Parcel, gate.address, plan["size"], plan["moment"] != "begun")
            pending = submit_around(stage, pool, plan, *parcel)
            (visitor,) = gate.admit()
            if plan["moment"] == "sent":
                visitor.release()  # the kill finds it before, in, or after the write
            os.kill(visitor.pid, KILL)
        settle(stage, pending)


def _check_result(plan: Plan, history: History) -> Judgement:
    return check_around(plan, history, _wrong_sizes(plan, history))


def _wrong_sizes(plan: Plan, history: History) -> Iterator[str]:
    size = history.ok("get").get(bad_key(plan), plan["size"])
    if size != plan["size"]:
        yield (
            f"the worker of task {bad_key(plan)} was killed while it sent its result of "
            f"{plan['size']} bytes, and {size!r} arrived; expected all of it or an error"
        )


SENDING = Rule(
    id="FAULT-12",
    title="A worker is killed while it sends a result: every outstanding result settles",
    level=Level.MUST,
    kind=Driver.POOL,
    demands=(
        "A task has returned and its worker is killed while the result is pickled (before its "
        "first or after its last byte) or written. All results settle, and this one arrives whole "
        "or as an error: half a message holds up nobody."
    ),
    source=f"{_ISSUE}/test_deadlock.py",
    triage=(
        "Does the reader of results wait inside a message for bytes that never come?",
        "Did the worker die with the lock of the result queue in its hands?",
        "Is a task forgotten when it has returned, or when its result was read?",
    ),
    plans=_result_plans,
    run=_run_result,
    check=_check_result,
    needs=frozenset({can.PROCESSES}),
    deadline_s=5.0,
)


def _argument_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return plans_around(size=st.sampled_from(_SIZES))


def _run_argument(plan: Plan, stage: Stage) -> None:
    with stage.fresh_pool(plan["workers"]) as pool:
        with Gate() as gate:
            arguments = (stage.folder, bad_key(plan), bytes(plan["size"]), Opening(gate.address))
            pending = submit_around(stage, pool, plan, accept, *arguments)
            kill_next(gate)
        settle(stage, pending)


def _check_argument(plan: Plan, history: History) -> Judgement:
    # A pool may run the task elsewhere: it has not begun.
    ran = any(e.key == bad_key(plan) for e in history.of("task", Kind.OK))
    what = f"the worker of task {bad_key(plan)} was killed while it read the task's arguments"
    return check_around(plan, history, *([] if ran else [undue_success(plan, history, what)]))


READING = Rule(
    id="FAULT-13",
    title="A worker is killed while it unpickles an argument: every outstanding result settles",
    level=Level.MUST,
    kind=Driver.POOL,
    demands=(
        "A worker has taken a task from the queue and is killed in the unpickling of its "
        "arguments, before the function is called. All results settle; the task of the dead "
        "worker is an error, or runs elsewhere."
    ),
    source=f"{_ISSUE}/test_deadlock.py",
    triage=(
        "Who knows of a task that has left the queue and has not begun?",
        "Is the queue's lock released before the message is unpickled?",
    ),
    plans=_argument_plans,
    run=_run_argument,
    check=_check_argument,
    needs=frozenset({can.PROCESSES}),
    deadline_s=5.0,
)

RULES = (SENDING, READING)
