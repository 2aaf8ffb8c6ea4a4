"""A lock that is sent to a worker, and waits in line with its task."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from poolproof import tasks
from poolproof.checkers.judging import judge, unfinished
from poolproof.drivers import capabilities as can
from poolproof.history import History, Kind
from poolproof.plan import Plan
from poolproof.rule import Kind as Driver
from poolproof.rule import Level, Rule
from poolproof.rules.results import raised, settled
from poolproof.stage.api import Stage
from poolproof.tasks_race_blocks import take
from poolproof.verdict import Judgement

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


def _plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return st.fixed_dictionaries(
        {
            "kind": st.sampled_from(["Lock", "RLock", "Semaphore", "BoundedSemaphore"]),
            "tasks": st.sampled_from([0, 10, 1_000]),  # that stand before it
        }
    )


def _run(plan: Plan, stage: Stage) -> None:
    pool = stage.pool(1)
    before = [pool.submit(tasks.identity, key) for key in range(plan["tasks"])]
    pending = stage.call("send", lambda: _sent(pool, stage.context, plan["kind"]), show=_nothing)
    gc.collect()  # the sender has dropped it for good
    if pending is not None:
        stage.call("take", pending.get)
    for key, result in enumerate(before):
        stage.call("get", result.get, key)


def _sent(pool: Any, context: Any, kind: str) -> Any:
    return pool.submit(take, getattr(context, kind)())


def _nothing(_: Any) -> None:
    return None


def _check(plan: Plan, history: History) -> Judgement:
    missing = unfinished(history) or ("" if history.of("send") else "nothing was sent")
    return judge(_problems(plan, history), missing=missing)


def _problems(plan: Plan, history: History) -> Iterator[str]:
    where = f"a {plan['kind']} behind {plan['tasks']} task(s)"
    for op in ("send", "take"):
        for end in settled(history, op).values():
            if end.kind is Kind.FAIL:
                yield f"{where}: to {op} it raised {raised(end)}"
            elif op == "take" and end.value is not True:
                yield f"{where}: to take it returned {end.value!r}, expected True"
    for key, end in settled(history, "get").items():
        if end.value != key:
            yield f"task {key}, which stood before the {plan['kind']}, came to {end.value!r}"


LATE = Rule(
    id="RACE-19",
    title="A lock can be an argument, and outlives its sender's hold on it",
    level=Level.MAY,
    kind=Driver.POOL,
    demands=(
        "A lock or semaphore of the context is the argument of a task behind a thousand others, "
        "and its sender drops it at once. When the task runs, it can take the lock. "
        "(multiprocessing.Pool refuses: its locks are inherited, not sent.)"
    ),
    source="https://docs.python.org/3/library/multiprocessing.html#multiprocessing.Lock",
    triage=(
        "Who holds the lock between the sender and the worker?",
        "Is a named semaphore unlinked before the worker has opened it?",
        "On Windows: is the handle duplicated when the task is sent, or when it is taken?",
    ),
    plans=_plans,
    run=_run,
    check=_check,
    needs=frozenset({can.CONTEXT, can.PROCESSES}),
)

RULES = (LATE,)
