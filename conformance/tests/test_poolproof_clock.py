"""Stamps of different processes can be compared, on whatever system this runs."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import psutil
from poolproof import clock
from poolproof.environment import run_info
from poolproof_reports.words import environment

EXCHANGES = 300
_ANSWER = """
import sys, time
for _ in sys.stdin:
    print(time.perf_counter_ns(), flush=True)
"""


@contextmanager
def witness(core: int) -> Iterator[subprocess.Popen[str]]:
    """A process that answers each line with a stamp, on a core of its own if the system can."""
    command = [sys.executable, "-c", _ANSWER]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        # mypy knows the systems that have it; Wine and macOS do not.
        if (pin := getattr(psutil.Process(process.pid), "cpu_affinity", None)) is not None:
            cores = pin()
            pin([cores[core % len(cores)]])
        try:
            yield process
        finally:
            process.kill()


def stamp(process: subprocess.Popen[str]) -> int:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("\n")
    process.stdin.flush()
    return int(process.stdout.readline())


def test_each_process_stamps_later_than_the_one_that_asked_it_to() -> None:
    """Questions go to one process after the other; a clock of its own would be early or late."""
    with ExitStack() as stack:
        witnesses = [stack.enter_context(witness(core)) for core in range(3)]
        last = time.perf_counter_ns()
        for turn in range(EXCHANGES):
            theirs = stamp(witnesses[turn % 3])
            mine = time.perf_counter_ns()
            assert last <= theirs <= mine
            last = mine


def test_resolution_is_said() -> None:
    step = clock.smallest_step_ns()
    assert 0 < step < 1_000_000, "microseconds are what races take"
    name = time.get_clock_info("perf_counter").implementation
    assert clock.described().startswith(f"{name}, steps of ")
    assert clock.described().endswith(" ns")


def test_result_file_says_which_clock_it_was() -> None:
    name = time.get_clock_info("perf_counter").implementation
    assert environment(run_info())["Clock"].startswith(f"{name}, steps of ")
