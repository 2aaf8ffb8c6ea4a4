"""What dies, stops or breaks, and that it harms one task and no other."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import forkless_pool_tasks as tasks
import psutil
import pytest
from forkless._pool import core, memory
from forkless.pool import InitializerFailed, Pool, PoolError, PoolTerminated, WorkerDied

METHODS = multiprocessing.get_all_start_methods()
LIMIT = 60
pytestmark = pytest.mark.usefixtures("native_forkserver")
posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL and SIGSTOP")


def test_a_killed_worker_fails_its_task_alone(pool: Pool, tmp_path: Path) -> None:
    started, never = str(tmp_path / "started"), str(tmp_path / "never")
    doomed = pool.apply_async(tasks.announce_and_wait, (started, never))
    tasks.wait_for(started)
    others = [pool.apply_async(tasks.square, (x,)) for x in range(20)]
    victim = next(p for p in psutil.Process().children(recursive=True) if _wrote(started, p.pid))
    victim.kill()
    with pytest.raises(WorkerDied) as caught:
        doomed.get(LIMIT)
    assert caught.value.pid == victim.pid
    assert caught.value.task == "announce_and_wait"
    if sys.platform != "win32":
        assert (caught.value.exitcode, caught.value.signal) == (-signal.SIGKILL, "SIGKILL")
    assert [other.get(LIMIT) for other in others] == [x * x for x in range(20)]
    assert pool.map(tasks.square, range(10), 1) == [x * x for x in range(10)]


@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone has pidfds")
def test_a_dead_worker_is_missed_while_its_own_child_lives(pool: Pool, tmp_path: Path) -> None:
    ended = tmp_path / "ended"
    try:
        with pytest.raises(WorkerDied, match="exit code 3"):
            pool.apply_async(tasks.leave_heir, (str(ended),)).get(LIMIT)
        assert pool.apply_async(tasks.square, (3,)).get(LIMIT) == 9
    finally:
        ended.touch()


def _wrote(path: str, pid: int) -> bool:
    text = ""
    while not text:  # the file is there before its content
        text = Path(path).read_text(encoding="ascii")
    return int(text) == pid


def test_an_exit_in_a_chunk_fails_that_task_and_runs_the_others_once(
    pool: Pool, tmp_path: Path
) -> None:
    log = str(tmp_path / "log")
    results = pool.starmap_async(tasks.leave_on_three, [(log, x) for x in range(12)], chunksize=6)
    with pytest.raises(WorkerDied, match="exit code 3"):
        results.get(LIMIT)
    runs = Counter(Path(log).read_text(encoding="ascii").split())
    assert runs == Counter(str(x) for x in range(12))


def test_repeated_deaths_lose_and_repeat_no_task(quick_pool: Pool, tmp_path: Path) -> None:
    log = str(tmp_path / "log")
    died, values = 0, []
    asked = [
        quick_pool.apply_async(tasks.leave_on_three, (log, x % 10 + (x == 100))) for x in range(101)
    ]
    for result in asked:
        try:
            values.append(result.get(LIMIT))
        except WorkerDied:
            died += 1
    runs = Path(log).read_text(encoding="ascii").split()
    assert died == 10
    assert len(values) == 91
    assert len(runs) == 101


def test_idle_workers_that_are_killed_harm_no_task(quick_pool: Pool) -> None:
    for _ in range(10):
        for process in quick_pool._pool:
            process.kill()
        assert quick_pool.map(tasks.square, range(6), 1) == [x * x for x in range(6)]


@pytest.fixture(params=["pipe", "arena"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """What large values go through; the pipe is for a system that gives no segment."""
    if request.param == "pipe":
        for module in (core, memory):
            monkeypatch.setattr(module, "make_segment", lambda: None)
    return str(request.param)


@posix
def test_a_worker_that_is_killed_while_it_reads_its_task_has_not_begun_it(
    tmp_path: Path, way: str
) -> None:
    """Then the task runs on another worker, once."""
    log = str(tmp_path / "log")
    with Pool(1, mp_context="fork") as pool:
        reader = pool.apply(tasks.pid)
        os.kill(reader, signal.SIGSTOP)
        asked = pool.apply_async(tasks.note_of, ((log, 5, bytes(8 << 20)),))
        pool._core._manager.wake()
        os.kill(reader, signal.SIGKILL)
        assert asked.get(LIMIT) == 5
        assert pool.apply(tasks.pid) != reader
    assert Path(log).read_text(encoding="ascii").split() == ["5"]


@posix
@pytest.mark.parametrize("round_", range(3))
def test_a_worker_that_is_killed_while_it_writes_a_result_fails_that_task(
    tmp_path: Path, way: str, round_: int
) -> None:
    started = str(tmp_path / "started")
    with Pool(2, mp_context="fork") as pool:
        doomed = pool.apply_async(tasks.large_result, (started, 256 << 20))
        tasks.wait_for(started)
        pid = next(p.pid for p in pool._pool if _wrote(started, p.pid))
        if way == "pipe":
            _wait_until_it_writes(pool, pid)
        os.kill(pid, signal.SIGKILL)  # an arena is written to without a sign: soon, for 50 ms
        with pytest.raises(WorkerDied):
            doomed.get(LIMIT)
        assert pool.map(tasks.square, range(50), 1) == [x * x for x in range(50)]


def _wait_until_it_writes(pool: Pool, pid: int) -> None:
    workers = pool._core._manager.crew.workers
    writer = next(worker for worker in workers if worker.process.pid == pid)
    deadline = time.monotonic() + LIMIT
    while writer.channel._assembler.space() is None:  # no part of a large frame was read yet
        assert time.monotonic() < deadline


def test_a_worker_that_is_killed_in_its_initializer_is_replaced(tmp_path: Path) -> None:
    started, gate = str(tmp_path / "started"), tmp_path / "gate"
    with Pool(1, tasks.initialize_slowly, (started, str(gate)), mp_context=METHODS[0]) as pool:
        asked = pool.apply_async(tasks.square, (3,))
        tasks.wait_for(started)
        gate.touch()
        next(p for p in pool._pool if _wrote(started, p.pid)).kill()
        assert asked.get(LIMIT) == 9


@pytest.mark.parametrize("method", METHODS)
def test_an_initializer_that_raises_fails_the_pool_with_the_cause(method: str) -> None:
    with Pool(2, tasks.initialize_badly, ("no such thing",), mp_context=method) as pool:
        result = pool.apply_async(tasks.square, (2,))
        with pytest.raises(InitializerFailed, match="no such thing") as caught:
            result.get(LIMIT)
        assert isinstance(caught.value.__cause__, LookupError)
        with pytest.raises(InitializerFailed):
            pool.map(tasks.square, [1])
        with pytest.raises(InitializerFailed):
            next(pool.imap(tasks.square, [1]))


@pytest.mark.parametrize("method", METHODS)
def test_an_initializer_that_dies_fails_the_pool(method: str) -> None:
    with (
        Pool(2, os._exit, (7,), mp_context=method) as pool,
        pytest.raises(InitializerFailed, match="exit code 7"),
    ):
        pool.apply(tasks.square, (2,))


def test_the_initializer_runs_before_the_first_task_also_of_replacements(tmp_path: Path) -> None:
    with Pool(1, tasks.initialize, ("x",), mp_context=METHODS[0]) as pool:
        assert pool.apply(tasks.initialized) == ["x"]
        with pytest.raises(WorkerDied):
            pool.apply(tasks.leave, (1,))
        assert pool.apply(tasks.initialized) == ["x"]


@posix
def test_a_worker_stopped_in_mid_message_blocks_no_other(tmp_path: Path) -> None:
    """The result is larger than any pipe, and its writer is stopped while it writes it."""
    started = str(tmp_path / "started")
    with Pool(2, mp_context="fork") as pool:
        slow = pool.apply_async(tasks.large_result, (started, 64 << 20))
        tasks.wait_for(started)
        pid = next(p.pid for p in pool._pool if _wrote(started, p.pid))
        os.kill(pid, signal.SIGSTOP)
        assert pool.map(tasks.square, range(50), 1) == [x * x for x in range(50)]
        os.kill(pid, signal.SIGCONT)
        assert len(slow.get(LIMIT)) == 64 << 20


@posix
def test_a_stopped_worker_blocks_no_large_submission(tmp_path: Path) -> None:
    """Regression class: a pool thread that blocks in a write to a worker that reads no more."""
    with Pool(2, mp_context="fork") as pool:
        stopped = pool._pool[0].pid
        os.kill(stopped, signal.SIGSTOP)
        asked = [pool.apply_async(tasks.identity, (bytes(8 << 20),)) for _ in range(2)]
        small = pool.apply_async(tasks.square, (3,))
        assert small.get(LIMIT) == 9
        os.kill(stopped, signal.SIGCONT)
        assert [len(one.get(LIMIT)) for one in asked] == [8 << 20] * 2


@posix
def test_terminate_ends_a_stopped_worker() -> None:
    pool = Pool(2, mp_context="fork")
    os.kill(pool._pool[0].pid, signal.SIGSTOP)
    pool.terminate()
    pool.join()
    assert pool._pool == []


@posix
def test_terminate_ends_a_join_that_waits_for_a_stopped_worker(tmp_path: Path) -> None:
    """join() has no deadline: a closed pool's tasks are to be done."""
    started = str(tmp_path / "started")
    pool = Pool(1, mp_context="fork")
    pending = pool.apply_async(tasks.announce_and_wait, (started, str(tmp_path / "never")))
    tasks.wait_for(started)
    os.kill(pool._pool[0].pid, signal.SIGSTOP)
    pool.close()
    joining = threading.Thread(target=pool.join)
    joining.start()
    pool.terminate()
    joining.join(LIMIT)
    assert not joining.is_alive()
    with pytest.raises(PoolTerminated):
        pending.get(LIMIT)


@posix
def test_a_worker_that_closes_its_descriptors_is_replaced() -> None:
    with Pool(1, mp_context="fork") as pool:
        worker = pool.apply(tasks.pid)
        assert pool.apply(os.closerange, (3, 1000)) is None  # it had its result in time
        assert pool.apply(tasks.square, (2,)) == 4
        assert pool.apply(tasks.pid) != worker


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_failing_system_call_in_the_manager_leaves_nobody_waiting(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def fail(_timeout: float | None) -> None:
        raise OSError("out of memory")

    with Pool(1, mp_context=METHODS[0]) as pool:
        pending = pool.apply_async(tasks.wait_for, (str(tmp_path / "never"),))
        monkeypatch.setattr(pool._core._manager._hub, "wait", fail)
        pool._core._manager.wake()
        with pytest.raises(PoolError, match="out of memory"):
            pending.get(LIMIT)
        with pytest.raises(PoolError, match="out of memory"):
            pool.apply(tasks.square, (1,))


def test_a_worker_that_dies_while_it_reads_its_task_is_an_error_there(quick_pool: Pool) -> None:
    with pytest.raises(WorkerDied):
        quick_pool.apply(tasks.identity, (_ExitsWhereOpened(),))
    assert quick_pool.apply(tasks.square, (2,)) == 4


class _ExitsWhereOpened:
    def __reduce__(self) -> Any:
        return os._exit, (9,)
