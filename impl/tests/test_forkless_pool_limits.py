"""Limits of a task: `timeout=` kills it with its worker, `retries=` repeats what may be."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from pathlib import Path
from typing import Any

import forkless_pool_tasks as tasks
import psutil
import pytest
from forkless._pool.batch import Call
from forkless._pool.calls import mapped
from forkless._pool.limits import Limits
from forkless.executor import Executor
from forkless.pool import Pool, TaskTimeout, WorkerDied

METHODS = multiprocessing.get_all_start_methods()
LIMIT = 60
SOON = 0.2  # a timeout that a task which waits for ever is sure to miss


def _runs(log: Path) -> int:
    return len(log.read_text(encoding="ascii").split())


def test_a_task_that_takes_too_long_ends_with_its_worker_and_alone(
    pool: Pool, tmp_path: Path
) -> None:
    started, never = str(tmp_path / "started"), str(tmp_path / "never")
    late = pool.apply_async(tasks.announce_and_wait, (started, never), timeout=5)
    others = [pool.apply_async(tasks.square, (x,), timeout=LIMIT) for x in range(20)]
    with pytest.raises(TaskTimeout) as caught:
        late.get(LIMIT)
    error = caught.value
    assert (error.task, error.seconds) == ("announce_and_wait", 5)
    assert error.pid == int(Path(started).read_text(encoding="ascii"))
    assert not psutil.pid_exists(error.pid)
    assert [other.get(LIMIT) for other in others] == [x * x for x in range(20)]
    assert pool.map(tasks.square, range(10)) == [x * x for x in range(10)]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGSTOP")
def test_a_stopped_worker_is_replaced_when_its_time_is_up() -> None:
    """Before the task began: the worker never reads it."""
    with Pool(1, mp_context="fork") as pool:
        stopped = pool.apply(tasks.pid)
        os.kill(stopped, signal.SIGSTOP)
        with pytest.raises(TaskTimeout) as caught:
            pool.apply_async(tasks.pid, timeout=SOON).get(LIMIT)
        assert caught.value.pid == stopped
        assert pool.apply(tasks.pid) != stopped


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGSTOP")
def test_a_worker_that_stops_while_it_writes_its_result_is_replaced(tmp_path: Path) -> None:
    with Pool(1, mp_context="fork") as pool:
        late = pool.apply_async(tasks.stop_while_sending, (), timeout=1)
        with pytest.raises(TaskTimeout):
            late.get(LIMIT)
        assert pool.apply(tasks.square, (3,)) == 9


@pytest.mark.parametrize("name", ["map", "starmap", "imap", "imap_unordered"])
def test_in_a_map_the_late_item_alone_times_out(
    quick_pool: Pool, tmp_path: Path, name: str
) -> None:
    log, never = tmp_path / "log", str(tmp_path / "never")
    items: list[Any] = [(str(log), x, never) for x in range(6)]
    call = getattr(quick_pool, name)
    function = tasks.wait_on_three if name == "starmap" else tasks.wait_on_three_of
    if "imap" in name:
        results = call(function, items, 3, timeout=4)
        assert sorted(_next(results) for _ in items) == ["0", "1", "2", "4", "5", "late"]
    else:
        with pytest.raises(TaskTimeout):
            call(function, items, 3, timeout=4)
    assert _runs(log) == 6


def _next(results: Any) -> str:
    try:
        return str(results.next(LIMIT))
    except TaskTimeout:
        return "late"


def test_time_in_the_queue_does_not_count(tmp_path: Path) -> None:
    started, gate = str(tmp_path / "started"), tmp_path / "gate"
    with Pool(1, mp_context=METHODS[0]) as pool:
        first = pool.apply_async(tasks.announce_and_wait, (started, str(gate)))
        queued = pool.apply_async(tasks.square, (3,), timeout=5)
        tasks.wait_for(started)
        gate.touch()
        assert first.get(LIMIT) > 0
        assert queued.get(LIMIT) == 9


def test_a_result_in_time_leaves_its_worker_alone(quick_pool: Pool) -> None:
    before = {process.pid for process in quick_pool._pool}
    assert quick_pool.map(tasks.square, range(50), timeout=LIMIT) == [x * x for x in range(50)]
    assert {process.pid for process in quick_pool._pool} == before
    assert quick_pool._core._manager._deadlines.next() is None


def test_a_task_that_may_be_repeated_survives_the_deaths_of_its_workers(
    pool: Pool, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    assert pool.apply(tasks.die_early, (str(log), 3), retries=2) == 3
    assert _runs(log) == 3


def test_a_task_is_never_repeated_more_often_than_it_may(quick_pool: Pool, tmp_path: Path) -> None:
    for retries in (0, 2):
        log = tmp_path / f"log{retries}"
        with pytest.raises(WorkerDied):
            quick_pool.apply(tasks.die_early, (str(log), 100), retries=retries)
        assert _runs(log) == 1 + retries


def test_a_task_that_raises_is_never_repeated(quick_pool: Pool, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with pytest.raises(ValueError, match="no"):
        quick_pool.apply(tasks.fail_after_note, (str(log),), retries=5)
    assert _runs(log) == 1


def test_a_late_task_is_repeated_as_often_as_it_may(quick_pool: Pool, tmp_path: Path) -> None:
    log, never = tmp_path / "log", str(tmp_path / "never")
    late = quick_pool.apply_async(tasks.note_and_wait, (str(log), never), timeout=4, retries=1)
    with pytest.raises(TaskTimeout):
        late.get(LIMIT)
    assert _runs(log) == 2


def test_in_a_chunk_only_the_task_that_died_is_repeated(quick_pool: Pool, tmp_path: Path) -> None:
    once, log = str(tmp_path / "once"), tmp_path / "log"
    items = [(once, str(log), x) for x in range(12)]
    assert quick_pool.starmap(tasks.die_once_on_three, items, 6, retries=1) == list(range(12))
    assert sorted(log.read_text(encoding="ascii").split()) == sorted(
        [str(x) for x in range(12)] + ["3"]
    )


@pytest.mark.parametrize("chunksize", [1, 6])
def test_large_arguments_are_whole_after_a_death(
    quick_pool: Pool, tmp_path: Path, chunksize: int
) -> None:
    """Those of the task that is repeated, and those of its neighbours."""
    once, size = str(tmp_path / "once"), 3 << 20
    items = [(once, x, bytes([x]) * size) for x in range(6)]
    back = quick_pool.starmap(tasks.first_byte_after_a_death, items, chunksize, retries=1)
    assert back == [(x, size) for x in range(6)]


def test_an_executor_takes_limits_too(tmp_path: Path) -> None:
    log, never = tmp_path / "log", str(tmp_path / "never")
    with Executor(2, METHODS[0]) as executor:
        late = executor.options(timeout=SOON).submit(tasks.wait_for, never)
        assert isinstance(late.exception(LIMIT), TaskTimeout)
        patient = executor.options(retries=2)
        assert patient.submit(tasks.die_early, str(log), 3).result(LIMIT) == 3
        assert list(patient.map(tasks.square, range(5))) == [0, 1, 4, 9, 16]
        assert executor.submit(tasks.square, 3).result(LIMIT) == 9


def test_terminate_ends_a_task_that_would_be_repeated(tmp_path: Path) -> None:
    log, never = tmp_path / "log", str(tmp_path / "never")
    with Pool(1, mp_context=METHODS[0]) as pool:
        pool.apply_async(tasks.note_and_wait, (str(log), never), retries=5)
        tasks.wait_for(f"{log}-noted")
    pool.join()
    assert _runs(log) == 1


@pytest.mark.parametrize("timeout", [0, -1, float("nan")])
def test_a_timeout_that_cannot_be_is_refused(quick_pool: Pool, timeout: float) -> None:
    for call in (quick_pool.apply_async, quick_pool.map, quick_pool.imap):
        with pytest.raises(ValueError, match="timeout must be more than 0"):
            call(tasks.square, (1,), timeout=timeout)


def test_retries_that_cannot_be_are_refused(quick_pool: Pool) -> None:
    with pytest.raises(ValueError, match="retries must be at least 0"):
        quick_pool.apply(tasks.square, (1,), retries=-1)
    with pytest.raises(TypeError, match="retries must be an int"):
        quick_pool.apply(tasks.square, (1,), retries=1.5)  # type: ignore[arg-type]


def test_tasks_with_a_timeout_have_no_neighbour_that_their_end_could_harm() -> None:
    sink: Any = None
    for timeout, sizes in ((None, [3, 2]), (1.0, [1] * 5)):
        calls = mapped(sink, Call.ITEM, tasks.square, Limits(timeout), None)
        assert [len(batch.payloads) for batch in calls.batches(list(range(5)), 0, 3)] == sizes
