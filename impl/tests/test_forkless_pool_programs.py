"""Programs that use a pool: how they exit, fork, are interrupted and die; nothing is left."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

METHOD = multiprocessing.get_all_start_methods()[0]
LIMIT = 60

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


_FORK_ASKS = """
import os, sys
import forkless_pool_tasks as tasks
from forkless.executor import Executor
from forkless.pool import PoolError
if __name__ == "__main__":
    executor = Executor(1, mp_context=sys.argv[1])
    pending = executor.submit(tasks.wait_for, sys.argv[2])
    with pending._condition:  # as another thread may hold it at the moment of the fork
        fork = os.fork()
    if not fork:
        refused = []
        for use in (pending.result, pending.exception, lambda: executor.submit(abs, 1)):
            try:
                use()
            except (PoolError, RuntimeError) as error:
                refused.append("fork of it" in str(error))
        executor.shutdown()
        os._exit(0 if refused == [True] * 3 else 1)
    print(os.waitpid(fork, 0)[1])
    open(sys.argv[2], "w").close()
    print(pending.result() == sys.argv[2])
    executor.shutdown()
"""


@pytest.mark.skipif(METHOD == "spawn", reason="there is no fork")
def test_in_a_fork_of_the_program_an_executor_and_its_futures_say_so(tmp_path: Path) -> None:
    script = tmp_path / "forkless_pool_fork_asks.py"
    script.write_text(_FORK_ASKS, encoding="ascii")
    done = _run(script, METHOD, str(tmp_path / "gate"))
    assert (done.stdout, done.stderr) == ("0\nTrue\n", "")


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
