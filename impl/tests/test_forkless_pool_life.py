"""A pool's life: close, join, terminate, with, garbage collection, exit; nothing is left."""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import connection
from pathlib import Path
from typing import Any

import forkless_pool_tasks as tasks
import psutil
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


_EXIT = """
import sys
import forkless_pool_tasks as tasks
from forkless.pool import Pool
if __name__ == "__main__":
    pool = Pool(2, mp_context=sys.argv[1])
    result = pool.apply_async(tasks.wait_for, (sys.argv[2],))
    print([process.pid for process in pool._pool], pool.apply(tasks.square, (3,)), flush=True)
    {end}
"""


@pytest.mark.parametrize("end", ["pass", "raise SystemExit(0)", "del pool, result"])
def test_exit_without_close_is_prompt_and_leaves_nothing(end: str, tmp_path: Path) -> None:
    script = tmp_path / "forkless_pool_exit.py"
    script.write_text(_EXIT.format(end=end), encoding="ascii")
    done = _run(script, METHOD, str(tmp_path / "never"))
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().endswith(" 9")


def _run(script: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    with _start(script, *arguments) as program:
        try:
            out, errors = program.communicate(timeout=LIMIT)
        finally:
            program.kill()
    return subprocess.CompletedProcess(program.args, program.returncode, out, errors)


def _start(script: Path, *arguments: str, **options: Any) -> subprocess.Popen[str]:
    path = os.pathsep.join(entry for entry in sys.path if entry)
    return subprocess.Popen(
        [sys.executable, str(script), *arguments],
        env={**os.environ, "PYTHONPATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


_FORKS = """
import os, sys
import forkless_pool_tasks as tasks
from forkless.pool import Pool
if __name__ == "__main__":
    pool = Pool(2, mp_context=sys.argv[1])
    before = set(pool.map(tasks.pid, range(8), 1))
    fork = os.fork()
    if not fork:
        sys.exit()
    os.waitpid(fork, 0)
    print(before == {process.pid for process in pool._pool}, pool.apply(tasks.square, (3,)))
    pool.close()
    pool.join()
"""


@pytest.mark.skipif(METHOD == "spawn", reason="there is no fork")
def test_a_fork_of_the_program_that_exits_leaves_the_workers_alone(tmp_path: Path) -> None:
    script = tmp_path / "forkless_pool_forks.py"
    script.write_text(_FORKS, encoding="ascii")
    assert _run(script, METHOD).stdout == "True 9\n"


_FORK_USES = """
import os, sys, threading
import forkless_pool_tasks as tasks
from forkless.pool import Pool, PoolError
if __name__ == "__main__":
    pool = Pool(3, mp_context=sys.argv[1])
    pending = pool.apply_async(tasks.wait_for, (sys.argv[2],))
    stream = pool.imap(tasks.wait_for, [sys.argv[2]])
    with pool._core._ledger._lock:  # as another thread may hold it at the moment of the fork
        fork = os.fork()
    if not fork:
        pool._core._ledger._lock.acquire(False)
        refused = []
        for use in (
            lambda: pool.apply(tasks.square, (2,)), lambda: pool.map(tasks.square, [2]),
            lambda: next(pool.imap(tasks.square, [2])), lambda: pool.resize(3),
            lambda: pending.get(), lambda: stream.next(), lambda: pending.wait(),
        ):
            try:
                use()
            except (ValueError, PoolError) as error:
                refused.append("fork of it" in str(error))
        pool.close()
        pool.terminate()
        pool.join()
        sys.exit(0 if refused == [True] * 7 else 1)
    print(os.waitpid(fork, 0)[1], pool.apply(tasks.square, (3,)))
    open(sys.argv[2], "w").close()
    print(pending.get() == stream.next() == sys.argv[2])
    pool.close()
    pool.join()
"""


@pytest.mark.skipif(METHOD == "spawn", reason="there is no fork")
def test_in_a_fork_of_the_program_a_pool_says_so_and_nothing_hangs(tmp_path: Path) -> None:
    script = tmp_path / "forkless_pool_fork_uses.py"
    script.write_text(_FORK_USES, encoding="ascii")
    done = _run(script, METHOD, str(tmp_path / "gate"))
    assert (done.stdout, done.stderr) == ("0 9\nTrue\n", "")


_CTRL_C = """
import signal, sys
import forkless_pool_tasks as tasks
from forkless.pool import Pool
if __name__ == "__main__":
    # A shell starts what is to run in the background with SIGINT ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with Pool(3, mp_context=sys.argv[1]) as pool:
        held = [
            pool.apply_async(tasks.announce_and_wait, (sys.argv[2] + x, sys.argv[2])) for x in "ab"
        ]
        for x in "ab":
            tasks.wait_for(sys.argv[2] + x)
        pool.apply(tasks.square, (3,))  # the third worker is up and idle
        try:
            print(*[process.pid for process in pool._pool], flush=True)
            tasks.wait_for(sys.argv[2])
        except KeyboardInterrupt:
            print("interrupted", pool.apply(tasks.square, (3,)), flush=True)
            raise
"""


@pytest.mark.skipif(METHOD == "spawn", reason="Windows has no process groups for SIGINT")
@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_ctrl_c_ends_program_and_workers_once(method: str, tmp_path: Path) -> None:
    """All processes of the group get it: idle workers ignore it, running tasks are interrupted."""
    script = tmp_path / "forkless_pool_ctrl_c.py"
    script.write_text(_CTRL_C, encoding="ascii")
    with _start(script, method, str(tmp_path / "gate"), start_new_session=True) as program:
        try:
            assert program.stdout is not None
            pids = [int(pid) for pid in program.stdout.readline().split()]
            os.killpg(program.pid, signal.SIGINT)
            out, errors = program.communicate(timeout=LIMIT)
        finally:
            program.kill()
    assert len(pids) == 3
    assert out == "interrupted 9\n", errors
    assert errors.count("Traceback") == 1, errors
    assert program.returncode == -signal.SIGINT
    assert _living_after_all_had_time(pids) == []


_BLOCK = """
import forkless_pool_tasks as tasks
from multiprocessing.shared_memory import SharedMemory
from forkless.pool import Pool
if __name__ == "__main__":
    with Pool(1, mp_context="fork") as pool:
        block = SharedMemory(create=True, size=1)
        tracker = pool.apply(tasks.tracker_of_a_block, (block.name,))
        block.close()
        block.unlink()
    from multiprocessing.resource_tracker import _resource_tracker
    print(tracker == _resource_tracker._pid)
"""


@pytest.mark.skipif(METHOD == "spawn", reason="there is no fork")
def test_a_forked_worker_has_the_resource_tracker_of_its_program(tmp_path: Path) -> None:
    """A tracker of its own would unlink at its end what it had only attached to."""
    script = tmp_path / "forkless_pool_block.py"
    script.write_text(_BLOCK, encoding="ascii")
    assert _run(script).stdout == "True\n"


_ORPHANS = """
import os, sys
import forkless_pool_tasks as tasks
from forkless.pool import Pool
if __name__ == "__main__":
    pool = Pool(3, mp_context=sys.argv[1])
    pool.map(tasks.square, range(9), 1)
    print(*[process.pid for process in pool._pool], flush=True)
    os._exit(0)
"""


@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_workers_of_a_parent_that_died_end_by_themselves(method: str, tmp_path: Path) -> None:
    script = tmp_path / "forkless_pool_orphans.py"
    script.write_text(_ORPHANS, encoding="ascii")
    pids = [int(pid) for pid in _run(script, method).stdout.split()]
    assert len(pids) == 3
    assert _living_after_all_had_time(pids) == []


def _living_after_all_had_time(pids: list[int]) -> list[psutil.Process]:
    living = []
    for pid in pids:
        with contextlib.suppress(psutil.NoSuchProcess):
            living.append(psutil.Process(pid))
    _, left = psutil.wait_procs(living, timeout=LIMIT)
    return left


_TWO_POOLS = """
import os, sys
import forkless_pool_tasks as tasks
from forkless.pool import Pool
if __name__ == "__main__":
    pools = [Pool(2, maxtasksperchild=1, mp_context="fork") for _ in range(2)]
    for pool in pools:
        pool.map(tasks.square, range(4), 1)
    fork = os.fork()
    if not fork:
        tasks.wait_for(sys.argv[1])
        os._exit(0)
    print(*[process.pid for pool in pools for process in pool._pool], flush=True)
    os._exit(0)
"""


@pytest.mark.skipif(METHOD == "spawn", reason="there is no fork")
def test_forks_keep_no_worker_of_a_parent_that_died(tmp_path: Path) -> None:
    """Regression: workers of two pools, each forked after one of the other, held its pipe."""
    script, gate = tmp_path / "forkless_pool_two.py", tmp_path / "gate"
    script.write_text(_TWO_POOLS, encoding="ascii")
    with _start(script, str(gate)) as program:
        assert program.stdout is not None
        try:
            pids = [int(pid) for pid in program.stdout.readline().split()]
            program.wait(LIMIT)
            assert len(pids) >= 2
            assert _living_after_all_had_time(pids) == []
        finally:
            gate.touch()  # the fork ends, and with it what holds the standard output


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
