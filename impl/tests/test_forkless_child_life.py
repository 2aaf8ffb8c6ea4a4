"""How children begin and end among others: many at once, Ctrl-C, exit functions, affinity."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from multiprocessing import connection as mp_connection
from pathlib import Path
from typing import Any

import forkless
import forkless_targets as targets
import pytest
from test_forkless_process import WITHIN, ask, posix_only

MANY = 64  # CPython's wait() takes 63 objects on Windows, before Python 3.13


@pytest.fixture
def context() -> Any:
    return forkless.get_context()


@pytest.fixture
def many(context: Any) -> Iterator[list[tuple[Any, Any]]]:
    """Children that end when told to, each with the connection to tell it."""
    forkless.warm_up(1, wait=True)
    started: list[tuple[Any, Any]] = []
    try:
        for _ in range(MANY):
            ours, theirs = context.Pipe()
            process = context.Process(target=targets.wait_for, args=(theirs, 0))
            process.start()
            started.append((process, ours))
            theirs.close()
            assert ours.poll(WITHIN)
            assert ours.recv() == process.pid
        yield started
    finally:
        for process, connection in started:
            process.kill()
            process.join(WITHIN)
            process.close()
            connection.close()


@pytest.fixture
def installed() -> Iterator[None]:
    forkless.install()
    yield
    forkless.uninstall()


def test_sentinels_of_many_processes_can_be_awaited_at_once(installed: None, many: Any) -> None:
    sentinels = [process.sentinel for process, _ in many]
    assert mp_connection.wait(sentinels, 0) == []
    assert mp_connection.wait(sentinels, 0.01) == []
    last, connection = many[-1]
    connection.send("end")
    assert mp_connection.wait(sentinels, WITHIN) == [last.sentinel]
    for _, connection in many[:-1]:
        connection.send("end")
    while waiting := [process for process, _ in many if process.exitcode is None]:
        assert mp_connection.wait([process.sentinel for process in waiting], WITHIN)
    assert [process.exitcode for process, _ in many] == [0] * MANY


def start_and_join(connection: Any, count: int) -> None:
    context = forkless.get_context()
    processes = [context.Process(target=targets.nothing) for _ in range(count)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(WITHIN)
    connection.send([process.exitcode for process in processes])


def test_many_processes_may_start_others_at_once(context: Any) -> None:
    reader, writer = context.Pipe(duplex=False)
    starters = [context.Process(target=start_and_join, args=(writer, 2)) for _ in range(4)]
    for starter in starters:
        starter.start()
    assert [reader.recv() for _ in starters if reader.poll(WITHIN)] == [[0, 0]] * 4
    for starter in starters:
        starter.join(WITHIN)
    reader.close()
    writer.close()


@pytest.mark.skipif(sys.platform != "linux", reason="affinity is carried over on Linux alone")
def test_child_has_the_callers_affinity(context: Any) -> None:
    before = os.sched_getaffinity(0)
    if len(before) < 2:
        pytest.skip("one core is all there is")
    forkless.warm_up(1, wait=True)
    one = {min(before)}
    os.sched_setaffinity(0, one)
    try:
        assert ask(context, send_affinity) == one
    finally:
        os.sched_setaffinity(0, before)


def send_affinity(connection: Any) -> None:
    connection.send(os.sched_getaffinity(0))


INTERRUPTED = """
import os, signal
import forkless, forkless_targets as targets
if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)
    forkless.warm_up(2, wait=60)
    before = forkless.status()
    started = forkless.Event()
    process = forkless.Process(target=targets.wait_forever, args=(started,))
    process.start()
    started.wait(60)
    forkless.warm_up(2, wait=60)
    waiting = set(forkless.status().ready)
    try:
        os.killpg(0, signal.SIGINT)
        signal.pause()
    except KeyboardInterrupt:
        print("caller interrupted")
    process.join(60)
    print("child", process.exitcode)
    after = forkless.status()
    print(after.server_pid == before.server_pid, waiting <= set(after.ready))
"""


@posix_only
def test_interrupt_of_the_group_ends_neither_server_nor_spares(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What Ctrl-C in a terminal does; the child has the caller's disposition, and ends of it."""
    folders = [str(Path(targets.__file__).parent), os.environ.get("PYTHONPATH", "")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(folders))
    (tmp_path / "program.py").write_text(INTERRUPTED)
    done = subprocess.run(
        [sys.executable, "program.py"],
        capture_output=True, text=True, timeout=WITHIN, cwd=tmp_path, start_new_session=True,
    )  # fmt: skip
    assert done.stdout.splitlines() == ["caller interrupted", "child 1", "True True"], done.stderr
    assert done.stderr.count("KeyboardInterrupt") == 1


ENDING = """
import atexit, multiprocessing.util, sys
import forkless
def target(queue):
    words = "finalizer of multiprocessing"
    multiprocessing.util.Finalize(None, print, args=(words,), exitpriority=1)
    queue.put("x" * 1_000_000)        # a thread still sends it when the target is over
    print("not flushed", end="; ")
def say():
    print("exit function of", __name__)
if __name__ == "__main__":
    forkless.warm_up(1, wait=60)
    queue = forkless.Queue()
    process = forkless.Process(target=target, args=(queue,))
    process.start()
    print(len(queue.get(timeout=60)), flush=True)
    process.join(60)
    print(process.exitcode)
else:
    atexit.register(say)
"""


def test_child_ends_with_multiprocessings_exit_functions_and_no_others(tmp_path: Path) -> None:
    """As a forkserver's child does: what its main module registered belongs to a whole program."""
    (tmp_path / "program.py").write_text(ENDING)
    done = subprocess.run(
        [sys.executable, "program.py"],
        capture_output=True, text=True, timeout=WITHIN, cwd=tmp_path, check=True,
    )  # fmt: skip
    assert sorted(done.stdout.splitlines()) == [
        "0",
        "1000000",
        "not flushed; finalizer of multiprocessing",
    ]
    assert done.stderr == ""
