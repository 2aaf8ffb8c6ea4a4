"""The clock that stamps every event: one for all processes of a machine, and how fine it is.

`time.perf_counter_ns` counts from an origin that belongs to the system and not to the process
(https://peps.python.org/pep-0418/#time-perf-counter), so stamps of two processes can be compared:

- Linux: CLOCK_MONOTONIC, "a nonsettable system-wide clock", in nanoseconds
  (https://man7.org/linux/man-pages/man2/clock_gettime.2.html). A process in another time namespace
  sees it with another origin (https://man7.org/linux/man-pages/man7/time_namespaces.7.html), one on
  another machine too: their histories cannot be judged together.
- Windows: QueryPerformanceCounter, which is consistent across processes and processors, give or
  take one tick of 100 ns or less
  (https://learn.microsoft.com/windows/win32/sysinfo/acquiring-high-resolution-time-stamps).
- macOS: mach_absolute_time, ticks since the machine was started, 41.7 ns on Apple's processors
  (https://developer.apple.com/documentation/kernel/1462446-mach_absolute_time).

The checkers count operations with equal stamps as concurrent, so that a coarse clock hides a fault
and never invents one. A clock of a process's own would invent some: `test_poolproof_clock.py`
shows on each system that there is none.
"""

from __future__ import annotations

import time

_STEPS = 1_000


def described() -> str:
    """What the system calls the clock, and the smallest step that was seen."""
    name = time.get_clock_info("perf_counter").implementation
    return f"{name}, steps of {smallest_step_ns()} ns"


def smallest_step_ns() -> int:
    """The least difference of stamps that differ: its resolution, or the time that a call takes."""
    return min(_next_step_ns() for _ in range(_STEPS))


def _next_step_ns() -> int:
    before = now = time.perf_counter_ns()
    while now == before:
        now = time.perf_counter_ns()
    return now - before
