"""POSIX: descriptors 0 to 2, the resource tracker, umask, signals, limits and affinity."""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]
import contextlib
import os
import resource
import select
import signal
import sys
from dataclasses import dataclass
from multiprocessing import resource_tracker
from typing import Any

from .streams import is_open, redirect

assert sys.platform != "win32"

_LIMITS = sorted(
    value for name, value in vars(resource).items() if name.startswith("RLIMIT_")
)  # fmt: skip
# Two take no handler; Python ignores the other two in every process, whatever it inherited.
_OUT_OF_REACH = {signal.SIGKILL, signal.SIGSTOP, signal.SIGPIPE, signal.SIGXFSZ}
_SIGNALS = tuple(int(number) for number in signal.valid_signals() - _OUT_OF_REACH)


@dataclass(frozen=True)
class SystemState:
    """What a forked child would have from its parent; descriptors as places in the message."""

    tracker: int
    streams: tuple[tuple[int, int], ...]
    umask: int
    ignored: frozenset[int]
    blocked: frozenset[int]
    limits: tuple[tuple[int, tuple[int, int]], ...]
    affinity: frozenset[int]


def take_down(popen: Any) -> SystemState:
    """This process's state; its descriptors go through *popen* to the child."""
    return SystemState(
        tracker=popen.duplicate_for_child(_tracker()),
        streams=tuple((n, popen.duplicate_for_child(n)) for n in (0, 1, 2) if is_open(n)),
        umask=_umask(),
        ignored=frozenset(filter(_is_ignored, _SIGNALS)),
        blocked=frozenset(signal.pthread_sigmask(signal.SIG_BLOCK, ())),
        limits=tuple((limit, resource.getrlimit(limit)) for limit in _LIMITS),
        affinity=_affinity(),
    )


def take_over(state: SystemState, descriptors: list[int]) -> None:
    """Make *state* this process's own."""
    tracker = resource_tracker._resource_tracker
    os.close(tracker._fd)  # type: ignore[attr-defined]
    tracker._fd = descriptors[state.tracker]  # type: ignore[attr-defined]
    for number, place in state.streams:
        redirect(number, descriptors[place])
    os.umask(state.umask)
    _take_over_signals(state)
    for limit, values in state.limits:
        if resource.getrlimit(limit) != values:
            # Above the server's hard limit only a privileged process can go.
            with contextlib.suppress(ValueError, OSError):
                resource.setrlimit(limit, values)
    if sys.platform == "linux" and _affinity() != state.affinity:
        with contextlib.suppress(OSError):  # a cpuset may have shrunk since
            os.sched_setaffinity(0, state.affinity)


def _tracker() -> int:
    """The end to the resource tracker, which is started if there is none.

    ``getfd()`` alone sends it a word each time, to see whether it lives: that wakes a process while
    another one is waited for. A pipe that nobody reads tells by itself.
    """
    known: int | None = resource_tracker._resource_tracker._fd  # type: ignore[attr-defined]
    if known is not None:
        pipe = select.poll()
        pipe.register(known, 0)
        if not pipe.poll(0):
            return known
    resource_tracker.ensure_running()
    started: int = resource_tracker._resource_tracker._fd  # type: ignore[attr-defined]
    return started


def _affinity() -> frozenset[int]:
    if sys.platform == "linux":
        return frozenset(os.sched_getaffinity(0))
    return frozenset()


def _take_over_signals(state: SystemState) -> None:
    for number in _SIGNALS:
        ignored = _is_ignored(number)
        if ignored and number not in state.ignored:
            default = signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL
            signal.signal(number, default)
        elif number in state.ignored and not ignored:
            signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_SETMASK, state.blocked)


def _is_ignored(number: int) -> bool:
    # Not signal.getsignal: it makes an enum of every answer, 140 us for all signals of a start.
    return bool(_signal.getsignal(number) == _signal.SIG_IGN)


def _umask() -> int:
    # There is no call that only reads it. A file that another thread makes in this instant is
    # less accessible than it should be, never more.
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
