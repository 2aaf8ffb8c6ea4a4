"""Submitting against close(), and starting from many threads."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

from poolproof import tasks
from poolproof.checkers.judging import judge
from poolproof.children import child, owned
from poolproof.drivers.base import Pool
from poolproof.history import History, Kind
from poolproof.plan import Plan
from poolproof.rule import Kind as Driver
from poolproof.rule import Level, Rule
from poolproof.rules.race.crew import starts
from poolproof.rules.results import raised, settled
from poolproof.stage.api import Stage
from poolproof.tasks_race import run_once
from poolproof.values import describe_error
from poolproof.verdict import Judgement

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

_MOST = 2_000  # submissions against a pool that never refuses


def _close_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return st.fixed_dictionaries(
        {
            "workers": st.integers(1, 2),
            "threads": st.integers(1, 3),
            "before": st.integers(0, 20),  # tasks a thread has submitted before close() is called
        }
    )


def _run_close(plan: Plan, stage: Stage) -> None:
    with stage.fresh_pool(plan["workers"]) as pool:
        ready = threading.Barrier(plan["threads"] + 1)
        submitters = [
            _Submitter(stage, pool, n, plan["before"], ready) for n in range(plan["threads"])
        ]
        for submitter in submitters:
            submitter.start()
        ready.wait()
        stage.call("close", pool.close)
        for submitter in submitters:
            submitter.closed = True
        for submitter in submitters:
            submitter.join()
    stage.note("threads", len(submitters))


class _Submitter(threading.Thread):
    """Submits until the pool refuses, then reads the results of all that it accepted."""

    def __init__(
        self, stage: Stage, pool: Pool, number: int, before: int, ready: threading.Barrier
    ) -> None:
        super().__init__()
        self.closed = False  # close() has returned
        self._stage, self._pool, self._number = stage, pool, number
        self._before, self._ready = before, ready

    def run(self) -> None:
        accepted = [self._pool.submit(tasks.identity, task) for task in range(self._before)]
        self._ready.wait()
        while len(accepted) < self._before + _MOST:
            closed = self.closed
            try:
                accepted.append(self._pool.submit(tasks.identity, len(accepted)))
            except Exception as error:  # noqa: BLE001 - how a pool refuses is its own
                self._stage.note("refused", describe_error(error), self._number)
                break
            if closed:
                self._stage.note("accepted late", len(accepted), self._number)
                break
        for task, result in enumerate(accepted):
            self._stage.call("get", result.get, [self._number, task])


def _check_close(plan: Plan, history: History) -> Judgement:
    missing = "" if history.facts("threads") else "the submitting threads were not seen to end"
    return judge(_close_problems(history), missing=missing)


def _close_problems(history: History) -> Iterator[str]:
    for end in settled(history, "close").values():
        if end.kind is Kind.FAIL:
            yield f"close() raised {raised(end)} while others submitted"
    for event in history.of("accepted late", Kind.INFO):
        task = event.value - 1
        yield f"task {task} of thread {event.key} was accepted after close() had returned"
    for (thread, task), end in settled(history, "get").items():
        if end.kind is Kind.FAIL:
            yield (
                f"task {task} of thread {thread} was accepted while the pool was closed, and "
                f"raised {raised(end)}; expected {task}"
            )
        elif end.value != task:
            yield f"task {task} of thread {thread} returned {end.value!r}, expected {task}"


CLOSE = Rule(
    id="RACE-13",
    title="What is submitted while the pool is closed is refused, or done",
    level=Level.MUST,
    kind=Driver.POOL,
    demands=(
        "Threads go on submitting while another one closes the pool. Each task is refused by an "
        "exception of submit, or its result comes; after close() has returned all are refused."
    ),
    source="https://docs.python.org/3/library/multiprocessing.html#multiprocessing.pool.Pool.close",
    triage=(
        "Are looking whether the pool is open and putting the task in line one step?",
        "Can a task come to stand behind the sign that says that there are no more?",
    ),
    plans=_close_plans,
    run=_run_close,
    check=_check_close,
    stochastic=True,
)


def _start_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return st.fixed_dictionaries({"threads": st.integers(2, 4), "each": st.integers(1, 2)})


def _run_starts(plan: Plan, stage: Stage) -> None:
    together = threading.Barrier(plan["threads"])

    def starter(thread: int) -> None:
        keys = [thread * plan["each"] + number for number in range(plan["each"])]
        processes = [child(stage, run_once, stage.folder, key) for key in keys]
        with owned(processes):
            together.wait()
            for process in processes:
                process.start()
            for key, process in zip(keys, processes, strict=True):
                process.join()
                stage.note("exit", process.exitcode, key)

    threads = [threading.Thread(target=starter, args=(n,)) for n in range(plan["threads"])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stage.note("threads", len(threads))


def _check_starts(plan: Plan, history: History) -> Judgement:
    missing = "" if history.facts("threads") else "the starting threads were not seen to end"
    return judge(_start_problems(plan, history), missing=missing)


def _start_problems(plan: Plan, history: History) -> Iterator[str]:
    if history.facts("threads"):
        yield from starts(history, range(plan["threads"] * plan["each"]))


STARTS = Rule(
    id="RACE-14",
    title="Processes that many threads start at once each run their own target",
    level=Level.MUST,
    kind=Driver.CONTEXT,
    demands=(
        "Threads of one program call start() at the same time. Each process runs its own target "
        "with its own arguments once, and its own thread gets its exit code."
    ),
    source="https://docs.python.org/3/library/multiprocessing.html#multiprocessing.Process.start",
    triage=(
        "Is what a child inherits taken down in a place that threads share?",
        "Can two threads be given the same spare, or read each other's answer?",
    ),
    plans=_start_plans,
    run=_run_starts,
    check=_check_starts,
    stochastic=True,
)

RULES = (CLOSE, STARTS)
