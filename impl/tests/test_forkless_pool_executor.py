"""The Executor face of the pool: what concurrent.futures promises."""

from __future__ import annotations

import itertools
import multiprocessing
import threading
from collections.abc import Iterator
from concurrent import futures
from pathlib import Path

import forkless_pool_tasks as tasks
import pytest
from forkless.executor import Executor
from forkless.pool import InitializerFailed, WorkerDied

METHOD = multiprocessing.get_all_start_methods()[0]
LIMIT = 60


@pytest.fixture
def executor() -> Iterator[Executor]:
    with Executor(2, METHOD) as one:
        yield one


def test_submit_and_map_equal_a_serial_run(executor: Executor) -> None:
    assert executor.submit(tasks.add, 1, y=2).result(LIMIT) == 3
    assert list(executor.map(tasks.add, range(20), range(20), timeout=LIMIT)) == [
        2 * x for x in range(20)
    ]


def test_map_with_a_buffer_takes_endless_input_lazily(executor: Executor) -> None:
    taken = itertools.count()
    source = (next(taken) for _ in itertools.count())
    results = executor.map(tasks.add, source, itertools.count(), timeout=LIMIT, buffersize=3)
    assert [next(results) for _ in range(5)] == [0, 2, 4, 6, 8]
    assert next(taken) <= 8
    with pytest.raises(ValueError, match="buffersize must be at least 1"):
        executor.map(tasks.square, [1], buffersize=0)


def test_map_with_a_buffer_times_out_as_without(executor: Executor, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    results = executor.map(tasks.wait_for, [str(gate)] * 2, timeout=0.1, buffersize=2)
    with pytest.raises(futures.TimeoutError):
        next(results)
    gate.touch()


def test_a_future_holds_the_exception_of_its_task_alone(executor: Executor) -> None:
    died = executor.submit(tasks.leave, 4)
    failed = executor.submit(tasks.fail_on_three, 3)
    unsendable = executor.submit(tasks.identity, threading.Lock())
    good = executor.submit(tasks.square, 3)
    assert isinstance(died.exception(LIMIT), WorkerDied)
    assert isinstance(failed.exception(LIMIT), ValueError)
    assert "pickle" in str(unsendable.exception(LIMIT))
    assert good.result(LIMIT) == 9


def test_a_queued_future_can_be_cancelled_and_a_running_one_cannot(tmp_path: Path) -> None:
    started, gate = tmp_path / "started", tmp_path / "gate"
    with Executor(1, METHOD) as executor:
        running = executor.submit(tasks.announce_and_wait, str(started), str(gate))
        queued = [executor.submit(tasks.square, x) for x in range(3)]
        tasks.wait_for(str(started))
        assert running.running()
        assert not running.cancel()
        assert queued[1].cancel()
        gate.touch()
        assert futures.wait([running, *queued], LIMIT).not_done == set()
        assert [queued[0].result(), queued[2].result()] == [0, 4]


def test_shutdown_cancels_what_has_not_begun(tmp_path: Path) -> None:
    started, gate = tmp_path / "started", tmp_path / "gate"
    executor = Executor(1, METHOD)
    running = executor.submit(tasks.announce_and_wait, str(started), str(gate))
    queued = [executor.submit(tasks.square, x) for x in range(3)]
    tasks.wait_for(str(started))
    executor.shutdown(wait=False, cancel_futures=True)
    assert all(future.cancelled() for future in queued)
    with pytest.raises(RuntimeError, match="after shutdown"):
        executor.submit(tasks.square, 1)
    gate.touch()
    executor.shutdown()
    assert running.result(LIMIT) > 0


def test_done_callbacks_may_submit(executor: Executor) -> None:
    again: list[futures.Future[int]] = []
    done = threading.Event()

    def submit(_: futures.Future[int]) -> None:
        again.append(executor.submit(tasks.square, 5))
        done.set()

    executor.submit(tasks.square, 1).add_done_callback(submit)
    assert done.wait(LIMIT)
    assert again[0].result(LIMIT) == 25


def test_a_broken_initializer_breaks_the_executor() -> None:
    with Executor(1, METHOD, tasks.initialize_badly, ("oh",)) as executor:
        error = executor.submit(tasks.square, 1).exception(LIMIT)
    assert isinstance(error, InitializerFailed)
    assert isinstance(error, futures.BrokenExecutor)


def test_a_dropped_executor_finishes_its_work() -> None:
    executor = Executor(1, METHOD)
    future = executor.submit(tasks.square, 6)
    core = executor._core
    del executor
    assert future.result(LIMIT) == 36
    core.join()
