"""Every task runs once, and its result reaches the one who asked."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from poolproof import tasks
from poolproof.checkers.accounting import account
from poolproof.checkers.judging import judge, unfinished
from poolproof.drivers.base import Pending, Pool
from poolproof.history import History, Kind
from poolproof.plan import Plan
from poolproof.rule import Kind as Driver
from poolproof.rule import Level, Rule
from poolproof.rules.results import raised, settled
from poolproof.stage.api import Stage
from poolproof.tasks_race import run_once
from poolproof.verdict import Judgement

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


def _batch_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    size = st.integers(1, 300)
    submits = st.fixed_dictionaries({"how": st.just("submit"), "tasks": size})
    maps = st.fixed_dictionaries(
        {"how": st.just("map"), "tasks": size, "chunksize": st.none() | st.integers(1, 7)}
    )
    return st.fixed_dictionaries(
        {
            "workers": st.integers(1, 3),
            "batches": st.lists(st.one_of(submits, maps), min_size=1, max_size=3),
        }
    )


def _keys(plan: Plan) -> list[range]:
    """The keys of each batch: running numbers."""
    ends = [0]
    for batch in plan["batches"]:
        ends.append(ends[-1] + batch["tasks"])
    return [range(a, b) for a, b in pairwise(ends)]


def _run_batches(plan: Plan, stage: Stage) -> None:
    # close() is the moment by which a second run of a task must have shown itself.
    with stage.fresh_pool(plan["workers"]) as pool:
        pending: list[tuple[int, Pending]] = []
        for batch, keys in zip(plan["batches"], _keys(plan), strict=True):
            if batch["how"] == "map":
                stage.call("map", partial(_map, pool, stage.folder, keys, batch), keys[0])
            else:
                pending += [(k, pool.submit(run_once, stage.folder, k)) for k in keys]
        for key, result in pending:
            stage.call("get", result.get, key)
        stage.call("close", pool.close)


def _map(pool: Pool, folder: str, keys: range, batch: dict[str, Any]) -> list[int]:
    return pool.map(partial(run_once, folder), keys, chunksize=batch["chunksize"])


def _check_batches(plan: Plan, history: History) -> Judgement:
    missing = unfinished(history) or ("" if history.of("close") else "the pool was not closed")
    return judge(_batch_problems(plan, history) if not missing else (), missing=missing)


def _batch_problems(plan: Plan, history: History) -> Iterator[str]:
    batches = _keys(plan)
    for event in history:
        if event.kind is Kind.FAIL:
            yield f"{event.op} of task {event.key} raised {raised(event)}; expected a result"
    ran = [e.key for e in history.of("task", Kind.OK)]
    yield from account((k for keys in batches for k in keys), ran).complaints("task", "ran")
    expected: dict[tuple[str, int], Any] = {}
    for batch, keys in zip(plan["batches"], batches, strict=True):
        if batch["how"] == "map":
            expected["map", keys[0]] = {"list": list(keys)}
        else:
            expected.update({("get", key): key for key in keys})
    returned = {(op, key): v for op in ("map", "get") for key, v in history.ok(op).items()}
    yield from account(expected, returned).complaints("result", "came back")
    for (op, key), value in returned.items():
        if value != expected[op, key]:
            yield f"{op} of task {key} returned {value}, expected {expected[op, key]}"


EXACTLY_ONCE = Rule(
    id="RACE-01",
    title="Every submitted task runs exactly once and returns exactly once",
    level=Level.MUST,
    kind=Driver.POOL,
    demands=(
        "Tasks go in by submit and by map, at any chunk size, and the pool is closed. By then each "
        "of them has run once, by the journals of the workers, and has given its own result once."
    ),
    source="https://docs.python.org/3/library/multiprocessing.html#module-multiprocessing.pool",
    triage=(
        "Is a task put back, or sent again, when a worker is slow or replaced?",
        "Does a chunk that is split or merged keep all its items?",
        "Does close() drop what is still on its way to a worker?",
    ),
    plans=_batch_plans,
    run=_run_batches,
    check=_check_batches,
)


def _thread_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return st.fixed_dictionaries(
        {"workers": st.integers(1, 3), "threads": st.integers(2, 6), "tasks": st.integers(1, 60)}
    )


def _run_threads(plan: Plan, stage: Stage) -> None:
    pool = stage.pool(plan["workers"])
    together = threading.Barrier(plan["threads"])

    def submitter(number: int) -> None:
        together.wait()
        keys = [[number, i] for i in range(plan["tasks"])]
        pending = [(key, pool.submit(tasks.identity, _mark(*key))) for key in keys]
        for key, result in pending:
            stage.call("get", result.get, key)

    threads = [threading.Thread(target=submitter, args=(n,)) for n in range(plan["threads"])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stage.note("submitters", len(threads))


def _check_threads(plan: Plan, history: History) -> Judgement:
    missing = "" if history.facts("submitters") else "the submitting threads were not seen to end"
    return judge(_thread_problems(plan, history) if not missing else (), missing=missing)


def _thread_problems(plan: Plan, history: History) -> Iterator[str]:
    for (thread, task), end in settled(history, "get").items():
        if end.kind is Kind.FAIL:
            yield f"task {task} of thread {thread} raised {raised(end)}; expected its result"
    got = history.ok("get")
    for thread in range(plan["threads"]):
        for task in range(plan["tasks"]):
            value = got.get((thread, task))
            if value != (expected := _mark(thread, task)):
                yield f"task {task} of thread {thread} got {value!r}, expected {expected!r}"


def _mark(thread: int, task: int) -> str:
    return f"{thread}/{task}"


MANY_THREADS = Rule(
    id="RACE-05",
    title="Submitted from many threads, every result reaches its submitter",
    level=Level.MUST,
    kind=Driver.POOL,
    demands=(
        "Several threads of the caller submit at the same time to one pool and wait for their own "
        "results. Each gets the results of its own tasks, all of them and nothing else."
    ),
    source="https://docs.python.org/3/library/concurrent.futures.html#executor-objects",
    triage=(
        "How is a task's number chosen, and is that atomic?",
        "Is the table of pending tasks changed from more than one thread without a lock?",
    ),
    plans=_thread_plans,
    run=_run_threads,
    check=_check_threads,
    stochastic=True,
    repeats=3,
)

RULES = (EXACTLY_ONCE, MANY_THREADS)
