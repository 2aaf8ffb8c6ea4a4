"""Pools, iterators and values that are dropped: nobody closes them, and nobody asks again."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from poolproof import tasks
from poolproof.checkers.judging import judge
from poolproof.drivers import capabilities as can
from poolproof.drivers.base import OpenOptions, Pool
from poolproof.drivers.wrap import wrap
from poolproof.history import History, Kind
from poolproof.plan import Plan
from poolproof.rule import Kind as Driver
from poolproof.rule import Level, Rule
from poolproof.rules.life.census import GRACE_S, added, take
from poolproof.rules.results import raised, settled
from poolproof.stage.api import Stage
from poolproof.tasks_life import Token, forget, tokens
from poolproof.verdict import Judgement

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


def _pool_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return st.fixed_dictionaries(
        {
            "workers": st.integers(1, 2),
            "read": st.integers(0, 3),
            "unread": st.integers(0, 3),
            "in_a_cycle": st.booleans(),
        }
    )


def _run_pool(plan: Plan, stage: Stage) -> None:
    stage.forget_pools()
    before = take(stage.subject.support_pids)
    # Not stage.fresh_pool(), which would keep it.
    pool = wrap(stage.subject.open(OpenOptions(plan["workers"], stage.start_method)))
    _use_and_drop(plan, pool)
    del pool
    gc.collect()
    stage.note("alive", added(before, stage.subject.support_pids)["processes"])


def _use_and_drop(plan: Plan, pool: Pool) -> None:
    for key in range(plan["read"]):
        pool.submit(tasks.identity, key).get()
    for key in range(plan["unread"]):
        pool.submit(tasks.identity, key)
    if plan["in_a_cycle"]:
        cycle: list[Any] = [pool]
        cycle.append(cycle)


def _check_pool(plan: Plan, history: History) -> Judgement:
    missing = "" if history.facts("alive") else "the pool was not dropped"
    return judge(_pool_problems(history), missing=missing)


def _pool_problems(history: History) -> Iterator[str]:
    for alive in history.facts("alive"):
        if alive:
            yield (
                f"{len(alive)} worker(s) are alive {GRACE_S:.0f} s after the last reference to "
                f"their pool was dropped: pids {alive}"
            )


POOL = Rule(
    id="LIFE-07",
    title="A pool that is dropped without close() ends its workers",
    level=Level.SHOULD,
    kind=Driver.POOL,
    demands=(
        "The last reference to an open pool goes, alone or as part of a reference cycle, and the "
        "garbage collector runs. Its workers end soon. (A program should close its pools; one "
        "that forgets must not collect workers for as long as it runs.)"
    ),
    source="https://docs.python.org/3/library/multiprocessing.html#multiprocessing.pool.Pool",
    triage=(
        "Does a thread of the pool hold the pool itself, so that it is never collected?",
        "Does something like a weak reference's callback tell the workers to end?",
    ),
    plans=_pool_plans,
    run=_run_pool,
    check=_check_pool,
    needs=frozenset({can.PROCESSES}),
)


def _iterator_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return st.fixed_dictionaries(
        {
            "workers": st.integers(1, 2),
            "kind": st.sampled_from(["imap", "imap_unordered"]),
            "iterators": st.integers(1, 3),
            "items": st.integers(1, 40),
            "taken": st.integers(0, 5),
        }
    )


def _run_iterator(plan: Plan, stage: Stage) -> None:
    with stage.fresh_pool(plan["workers"]) as pool:
        for _ in range(plan["iterators"]):
            results = getattr(pool, plan["kind"])(tasks.identity, range(plan["items"]))
            for _ in range(min(plan["taken"], plan["items"])):
                next(results)
            del results
        gc.collect()
        stage.call("get", pool.submit(tasks.identity, 1).get)
        stage.call("close", pool.close)


def _check_iterator(plan: Plan, history: History) -> Judgement:
    missing = "" if settled(history, "close") else "the pool was not closed"
    return judge(_iterator_problems(plan, history), missing=missing)


def _iterator_problems(plan: Plan, history: History) -> Iterator[str]:
    after = f"after {plan['iterators']} {plan['kind']} iterator(s) were dropped before their end"
    for op in ("get", "close"):
        for end in settled(history, op).values():
            if end.kind is Kind.FAIL:
                yield f"{after}, {op} raised {raised(end)}"
            elif op == "get" and end.value != 1:
                yield f"{after}, a task returned {end.value!r}; expected 1"


ITERATOR = Rule(
    id="LIFE-16",
    title="An imap iterator that is dropped holds up neither the pool nor close()",
    level=Level.MUST,
    kind=Driver.POOL,
    demands=(
        "Iterators of imap and imap_unordered are dropped before they were read to the end. The "
        "pool goes on to run tasks, and close() returns."
    ),
    source="https://docs.python.org/3/library/multiprocessing.html#multiprocessing.pool.Pool.imap",
    triage=(
        "Does the one who feeds the tasks wait for a reader who has gone?",
        "Does close() wait until all results were read, and not only done?",
    ),
    plans=_iterator_plans,
    run=_run_iterator,
    check=_check_iterator,
    needs=frozenset({can.IMAP, can.IMAP_UNORDERED}),
)

_WORKERS = 2
_AT_HAND = 3 * _WORKERS  # what threads on its way may hold; more is a collection
_LEAST = 2 * _AT_HAND


def _value_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return st.fixed_dictionaries(
        {
            "tasks": st.integers(_LEAST, 40),
            "asks": st.sampled_from(["submit", "map"]),
            "returns": st.booleans(),
        }
    )


def _run_values(plan: Plan, stage: Stage) -> None:
    gc.collect()
    before = tokens()
    arrived = stage.call("exchange", partial(_exchange, plan, stage.pool(_WORKERS)))
    if arrived is not None:
        gc.collect()
        stage.note("kept", {"of": arrived, "arguments or results": tokens() - before})


def _exchange(plan: Plan, pool: Pool) -> int:
    """Send tokens, read all results; how many settled. No token is left in a frame of ours."""
    task = tasks.identity if plan["returns"] else forget
    items = [Token() for _ in range(plan["tasks"])]
    if plan["asks"] == "map":
        return len(pool.map(task, items))
    return len([p.get() for p in [pool.submit(task, item) for item in items]])


def _check_values(plan: Plan, history: History) -> Judgement:
    missing = "" if history.facts("kept") else "nothing was counted"
    for end in settled(history, "exchange").values():
        if end.kind is Kind.FAIL:
            missing = f"{plan['asks']} of {plan['tasks']} task(s) raised {raised(end)}"
    return judge(_value_problems(plan, history), missing=missing)


def _value_problems(plan: Plan, history: History) -> Iterator[str]:
    what = "arguments and results" if plan["returns"] else "arguments"
    for kept in history.facts("kept"):
        count = kept["arguments or results"]
        if count > _AT_HAND:
            yield (
                f"{count} {what} of {kept['of']} {plan['asks']} task(s) are still in memory after "
                "every result was read and dropped; expected none"
            )


VALUES = Rule(
    id="LIFE-17",
    title="Arguments and results do not stay in memory once they were read and dropped",
    level=Level.SHOULD,
    kind=Driver.POOL,
    demands=(
        "Tasks get objects and return them, or nothing; all results are read and dropped, and the "
        "garbage collector runs. The pool keeps none of them in the caller's process, but for a "
        "few that its threads may have had in hand last. A long-lived pool would grow for ever."
    ),
    source="https://github.com/python/cpython/issues/74047",
    triage=(
        "Are settled tasks taken out of the table of pending ones?",
        "Does a future keep its task's arguments?",
        "Does a thread keep its last item in a local variable while it waits?",
    ),
    plans=_value_plans,
    run=_run_values,
    check=_check_values,
    needs=frozenset({can.PROCESSES}),
)

RULES = (POOL, ITERATOR, VALUES)
