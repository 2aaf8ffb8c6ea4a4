"""A pool's life: close, join, terminate, with, garbage collection; nothing is left."""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import connection
from pathlib import Path
from typing import Any

import forkless_pool_tasks as tasks
import pytest
from forkless.pool import Pool, PoolTerminated

METHOD = multiprocessing.get_all_start_methods()[0]
LIMIT = 60


def test_close_and_join_finish_what_was_submitted(tmp_path: Path) -> None:
    log = str(tmp_path / "log")
    pool = Pool(2, mp_context=METHOD)
    asked = [pool.apply_async(tasks.note, (log, x)) for x in range(50)]
    untaken = pool.imap(tasks.square, iter(range(50)))
    pool.close()
    pool.join()
    assert [result.get(0) for result in asked] == list(range(50))
    assert list(untaken) == [x * x for x in range(50)]
    assert pool._pool == []


def test_a_closed_pool_refuses_tasks_and_a_running_one_join() -> None:
    with Pool(1, mp_context=METHOD) as pool:
        with pytest.raises(ValueError, match="still running"):
            pool.join()
        pool.close()
        for submit in (pool.apply_async, pool.map, pool.imap, pool.imap_unordered, pool.starmap):
            with pytest.raises(ValueError, match="Pool not running"):
                submit(tasks.square, (1,))
        pool.join()
    with pytest.raises(ValueError, match="Pool not running"), pool:
        pass


def test_terminate_makes_every_pending_get_raise(tmp_path: Path) -> None:
    never = str(tmp_path / "never")
    released = threading.Event()
    with Pool(2, mp_context=METHOD) as pool:
        asked = [pool.apply_async(tasks.wait_for, (never,)) for _ in range(6)]
        results = pool.map_async(tasks.wait_for, [never] * 6)
        stream = pool.imap(tasks.wait_for, iter([never] * 6))
        blocked = pool.imap(tasks.square, _after(released))
    for result in (*asked, results):
        with pytest.raises(PoolTerminated):
            result.get(LIMIT)
    released.set()
    for ended in (stream, blocked):
        with pytest.raises(PoolTerminated):
            ended.next(LIMIT)
        with pytest.raises(StopIteration):  # one error a task that was sent, then the end
            _skip_terminated(ended)


def _skip_terminated(stream: Any) -> None:
    while True:
        with contextlib.suppress(PoolTerminated):
            stream.next(LIMIT)


def _after(event: threading.Event) -> Iterator[int]:
    event.wait(LIMIT)
    yield 1


def test_terminate_from_a_callback_ends_the_pool() -> None:
    pool = Pool(2, mp_context=METHOD)
    pool.apply_async(tasks.square, (1,), callback=lambda _: pool.terminate())
    pool_ended = threading.Thread(target=lambda: _join_when_over(pool))
    pool_ended.start()
    pool_ended.join(LIMIT)
    assert not pool_ended.is_alive()


def _join_when_over(pool: Pool) -> None:
    pool.terminate()
    pool.join()


def test_submit_against_terminate_never_hangs() -> None:
    for _ in range(5):
        pool = Pool(2, mp_context=METHOD)
        ends: list[str] = []

        def submit(pool: Pool = pool, ends: list[str] = ends) -> None:
            try:
                while True:
                    pool.apply_async(tasks.square, (1,)).get(LIMIT)
            except (ValueError, PoolTerminated) as error:
                ends.append(type(error).__name__)

        threads = [threading.Thread(target=submit) for _ in range(4)]
        for thread in threads:
            thread.start()
        pool.apply(tasks.square, (2,))
        pool.terminate()
        pool.join()
        for thread in threads:
            thread.join(LIMIT)
        assert len(ends) == 4


def test_a_wake_up_for_a_pool_that_has_ended_is_for_nobody() -> None:
    """Its sender was given a worker, and came to write when `terminate` had returned."""
    with Pool(1, mp_context=METHOD) as pool:
        hub = pool._core._manager._hub
    pool.join()
    assert hub is not None
    hub.wake()


def test_a_collected_pool_ends_its_workers() -> None:
    pool = Pool(2, mp_context=METHOD)
    assert pool.apply(tasks.square, (2,)) == 4
    waiting = [process.sentinel for process in pool._pool]
    with pytest.warns(ResourceWarning, match="unclosed running multi"):  # noqa: PT031
        del pool
        gc.collect()
    while waiting:
        ready = connection.wait(waiting, LIMIT)
        assert ready, "workers outlive their pool"
        waiting = [sentinel for sentinel in waiting if sentinel not in ready]


def test_a_pending_result_keeps_its_pool(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    pool = Pool(1, mp_context=METHOD)
    core = pool._core
    result = pool.apply_async(tasks.wait_for, (str(gate),))
    pool.close()
    del pool
    gc.collect()
    gate.touch()
    assert result.get(LIMIT) == str(gate)
    core.join()


def test_maxtasksperchild_replaces_workers() -> None:
    with Pool(2, maxtasksperchild=1, mp_context=METHOD) as pool:
        pids = pool.map(tasks.pid, range(8), 1)
        assert len(set(pids)) == 8
        assert set(pool.map(tasks.pid, range(8), 4)).isdisjoint(pids)


def test_many_cycles_reuse_everything() -> None:
    """The leak fixture compares processes, threads and descriptors afterwards."""
    for _ in range(5):
        with Pool(2, mp_context=METHOD) as pool:
            assert pool.map(tasks.square, range(5)) == [0, 1, 4, 9, 16]
        pool.join()


@pytest.mark.skipif(METHOD == "spawn", reason="other methods than fork inherit nothing")
def test_a_pool_ends_while_others_that_forked_at_the_same_time_go_on() -> None:
    """Regression: a worker held the far end of the sentinel of one that was being forked."""
    threads = 3
    together = threading.Barrier(threads)

    def live(thread: int) -> None:
        together.wait(LIMIT)
        pool = Pool(1, mp_context="fork")
        for turn in range(threads):
            together.wait(LIMIT)
            if turn == thread:
                pool.close()
                pool.join()

    with ThreadPoolExecutor(threads) as executor:
        for _ in range(5):
            list(executor.map(live, range(threads)))


@pytest.mark.skipif(METHOD == "spawn", reason="70 interpreters take too long without fork")
def test_seventy_workers() -> None:
    """More than a Windows wait takes; here it exercises the one hub."""
    with Pool(70, mp_context=METHOD) as pool:
        assert pool.map(tasks.square, range(300), 1) == [x * x for x in range(300)]
