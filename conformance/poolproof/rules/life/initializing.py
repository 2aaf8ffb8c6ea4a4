"""Initializers that succeed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from poolproof.checkers.judging import judge
from poolproof.drivers import capabilities as can
from poolproof.history import History, Kind
from poolproof.plan import Plan
from poolproof.rule import Kind as Driver
from poolproof.rule import Level, Rule
from poolproof.rules.results import raised, settled
from poolproof.stage.api import Stage
from poolproof.tasks_life import enter, work
from poolproof.verdict import Judgement

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


def _plans() -> SearchStrategy[Plan]:
    return _drawn(limit=None)


def _worn_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return _drawn(limit=st.integers(1, 3))


def _drawn(limit: SearchStrategy[int] | None) -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return st.fixed_dictionaries(
        {
            "workers": st.integers(1, 2),
            "tasks": st.integers(1, 6),
            "limit": st.none() if limit is None else limit,
            "given": st.integers(0, 99),
        }
    )


def _run(plan: Plan, stage: Stage) -> None:
    with stage.fresh_pool(
        plan["workers"],
        initializer=enter,
        initargs=(stage.folder, plan["given"]),
        max_tasks=plan["limit"],
    ) as pool:
        pending = [pool.submit(work, stage.folder, key) for key in range(plan["tasks"])]
        for key, result in enumerate(pending):
            stage.call("get", result.get, key)


def _check(plan: Plan, history: History) -> Judgement:
    short = len(settled(history, "get")) < plan["tasks"]
    return judge(_problems(plan, history), missing="not all results were read" if short else "")


def _problems(plan: Plan, history: History) -> Iterator[str]:
    for key, end in settled(history, "get").items():
        if end.kind is Kind.FAIL:
            yield f"task {key} raised {raised(end)}; its pool has an initializer that succeeds"
    yield from _out_of_order(history)
    entered = history.of("initializer")
    for worker, times in Counter(event.key for event in entered).items():
        if times > 1:
            yield f"the initializer ran {times} times in worker {worker}; expected once"
    for event in entered:
        if event.value != plan["given"]:
            yield f"the initializer got {event.value!r}; initargs hold {plan['given']!r}"


def _out_of_order(history: History) -> Iterator[str]:
    """In the order in which one process recorded, which is that of the history."""
    ready = set()
    for event in history:
        if event.op == "initializer":
            ready.add(event.key)
        elif event.op == "task" and event.kind is Kind.OK and event.value not in ready:
            yield f"worker {event.value} ran task {event.key} before, or without, the initializer"


ONCE = Rule(
    id="LIFE-21",
    title="The initializer runs once in every worker, before its first task",
    level=Level.MUST,
    kind=Driver.POOL,
    demands=(
        "Each process that runs a task has called the initializer with its arguments before, and "
        "once."
    ),
    source="https://docs.python.org/3/library/multiprocessing.html#multiprocessing.pool.Pool",
    triage=("Can a task be handed to a worker that is not ready?",),
    plans=_plans,
    run=_run,
    check=_check,
    needs=frozenset({can.INITIALIZER, can.PROCESSES}),
)

WORN = Rule(
    id="LIFE-25",
    title="A worker that replaces a worn-out one runs the initializer too",
    level=Level.MUST,
    kind=Driver.POOL,
    demands=(
        "With a limit on the tasks of one worker, each replacement calls the initializer with its "
        "arguments, once, before its first task."
    ),
    source="https://docs.python.org/3/library/multiprocessing.html#multiprocessing.pool.Pool",
    triage=("Do replacements start by the same path as the first workers?",),
    plans=_worn_plans,
    run=_run,
    check=_check,
    needs=frozenset({can.INITIALIZER, can.PROCESSES, can.RECYCLING}),
    after=("LIFE-05", "LIFE-21"),
)

RULES = (ONCE, WORN)
