"""Run one Windows Python program under Wine as if it were a program of this system.

Guarantees:
- stdout and stderr are streamed, the exit code is kept (its low eight bits, as Wine passes on).
- SIGINT, SIGTERM and SIGHUP end the program and all it started; the exit code is then 128 + N.
- When run() returns, no process of the program is alive and its output has been read to the end.

Assumes:
- It is called in the main thread, which owns the signal handlers.
"""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import IO, TypeAlias

import psutil

from poolproof_matrix.server import kill, run_processes

LEFTOVER_SECONDS = 3.0
"""What a program's children get to end by themselves once it has ended."""
TIMED_OUT = 1000
"""No exit code of a process: outside the eight bits that Linux keeps."""
CHUNK = 1 << 16
Stream: TypeAlias = "int | IO[bytes]"


def run(
    command: Sequence[str | Path],
    env: Mapping[str, str],
    run_id: str,
    cwd: Path | None = None,
    seconds: float | None = None,
) -> int:
    """Run *command*, whose processes carry *run_id* (environment.RUN_VARIABLE), to its end.

    After *seconds* (default: never) it is ended, and the exit code is TIMED_OUT.
    """
    stdin, copy_stdin = _stdin()
    # Windows Python dies at start when a standard stream is a plain file or a terminal
    # (init_sys_streams, WinError 6, Wine 8), so it always gets pipes.
    process = subprocess.Popen(
        [str(word) for word in command],
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=dict(env),
        cwd=cwd,
        start_new_session=True,  # a terminal's Ctrl-C reaches this runner alone, which forwards it
    )
    with _forwarded_signals(process) as received:
        copies = _copies(process, copy_stdin)
        code = _wait(process, seconds)
        _end_leftovers(run_id, patient=not received and code != TIMED_OUT)
        for copy in copies:
            copy.join()
    return 128 + received[0] if received else code


def _wait(process: subprocess.Popen[bytes], seconds: float | None) -> int:
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return TIMED_OUT


def _stdin() -> tuple[int | None, bool]:
    """Return what the program gets as stdin, and whether ours is to be copied into it."""
    try:
        mode = os.fstat(0).st_mode
    except OSError:
        return subprocess.DEVNULL, False
    if stat.S_ISFIFO(mode):
        return None, False
    if stat.S_ISREG(mode):
        return subprocess.PIPE, True
    return subprocess.DEVNULL, False


def _copies(process: subprocess.Popen[bytes], copy_stdin: bool) -> list[threading.Thread]:
    """Start the threads that copy the streams; each ends when the program's end of it closes."""
    assert process.stdout is not None
    assert process.stderr is not None
    sys.stdout.flush()
    pairs: list[tuple[Stream, Stream]] = [(process.stdout, 1), (process.stderr, 2)]
    if copy_stdin:
        assert process.stdin is not None
        pairs.append((0, process.stdin))
    threads = [threading.Thread(target=_copy, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    return threads


def _copy(source: Stream, target: Stream) -> None:
    """Copy until one side is closed, then close the pipe, so that the other side learns it."""
    read, write = (file if isinstance(file, int) else file.fileno() for file in (source, target))
    try:
        while chunk := os.read(read, CHUNK):
            while chunk:
                chunk = chunk[os.write(write, chunk) :]
    except BrokenPipeError:
        pass
    finally:
        for file in (source, target):
            if not isinstance(file, int):
                file.close()


@contextmanager
def _forwarded_signals(process: subprocess.Popen[bytes]) -> Iterator[list[int]]:
    if sys.platform == "win32":
        raise RuntimeError("Wine runs on Linux")
    received: list[int] = []

    def end(number: int, _frame: FrameType | None) -> None:
        received.append(number)
        process.kill()

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, end) for number in numbers}
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end_leftovers(run_id: str, *, patient: bool) -> None:
    """End the descendants that are still there; say so unless a signal asked for it."""
    if patient:
        psutil.wait_procs(run_processes(run_id), timeout=LEFTOVER_SECONDS)
    killed = 0
    while leftovers := run_processes(run_id):  # one of them may have started another meanwhile
        kill(leftovers)
        killed += len(leftovers)
    if killed and patient:
        print(
            f"poolproof: the program has ended; {killed} of its processes had not "
            f"{LEFTOVER_SECONDS:.0f} s later, and were killed",
            file=sys.stderr,
        )
