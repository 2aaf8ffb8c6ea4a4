"""Windows: an event for each sleeper; the random parts of their names lie in a pipe.

The system then knows what no counter can: which of them still sleeps. An event is there as long as
its sleeper has it, so a name that cannot be opened is passed over.

Assumes: whoever calls, but for `Sleeper.wait`, has the lock that belongs to the queue.
"""

from __future__ import annotations

import _winapi
import ctypes
import math
import secrets
import sys
import time
from collections.abc import Iterator
from ctypes import wintypes
from multiprocessing import connection, context
from typing import Any

assert sys.platform == "win32"  # for the type checker

_NAME = 16  # bytes: nobody guesses it
_MOST = 256  # sleepers, whose names the pipe's buffer of 8 KiB can hold
_MODIFY = 0x0002  # EVENT_MODIFY_STATE
_LONGEST = 86_400.0  # seconds of one wait, which takes 32 bits of milliseconds

_kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
_create = _kernel32.CreateEventW
_create.restype = wintypes.HANDLE
_create.argtypes = [wintypes.LPVOID, wintypes.BOOL, wintypes.BOOL, wintypes.LPCWSTR]
_open = _kernel32.OpenEventW
_open.restype = wintypes.HANDLE
_open.argtypes = [wintypes.DWORD, wintypes.BOOL, wintypes.LPCWSTR]
_set = _kernel32.SetEvent
_set.argtypes = [wintypes.HANDLE]


class Sleepers:
    """Those who sleep, in the order in which they came."""

    def __init__(self, ends: tuple[int, int] | None = None) -> None:
        if ends is None:
            self._first, self._last = connection.Pipe(duplex=False)
        else:
            self._first = connection.PipeConnection(ends[0], writable=False)
            self._last = connection.PipeConnection(ends[1], readable=False)

    def join(self) -> Sleeper:
        """The caller is the last of them now. OSError where there is no room for it."""
        name = secrets.token_bytes(_NAME)
        event: int | None = _create(None, True, False, _event_name(name))
        if not event:
            raise ctypes.WinError(ctypes.get_last_error())
        sleeper = Sleeper(event)
        try:
            waiting = _winapi.PeekNamedPipe(self._first.fileno())
            if int(waiting[0]) >= _MOST * _NAME:
                raise OSError(f"{_MOST} threads and processes sleep here, and no more can")
            self._last.send_bytes(name)
        except BaseException:
            sleeper.leave()
            raise
        return sleeper

    def wake(self, count: int) -> None:
        """Wake the first `count` of those who still sleep."""
        names = self._names()
        while count > 0 and (name := next(names, None)) is not None:
            event: int | None = _open(_MODIFY, False, _event_name(name))
            if event:
                _set(event)
                _winapi.CloseHandle(event)
                count -= 1

    def forget_who_left(self) -> None:
        """Make room."""
        for name in list(self._names()):
            event: int | None = _open(_MODIFY, False, _event_name(name))
            if event:
                _winapi.CloseHandle(event)
                self._last.send_bytes(name)

    def _names(self) -> Iterator[bytes]:
        while self._first.poll():
            yield self._first.recv_bytes()

    def __reduce__(self) -> tuple[Any, ...]:
        context.assert_spawning(self)
        process = context.get_spawning_popen()
        assert process is not None  # or it would have raised
        ends = (self._first.fileno(), self._last.fileno())
        return Sleepers, (tuple(process.duplicate_for_child(end) for end in ends),)


class Sleeper:
    """One who sleeps, or is about to."""

    def __init__(self, event: int) -> None:
        self._event = event

    def wait(self, seconds: float | None) -> bool:
        """Whether it was woken, within so many seconds (None: it waits as long as it takes)."""
        end = math.inf if seconds is None else time.monotonic() + seconds
        while True:
            left = max(0.0, min(end - time.monotonic(), _LONGEST))
            try:
                code = _winapi.WaitForMultipleObjects([self._event], False, math.ceil(left * 1000))
            except InterruptedError:  # a signal's handler has returned
                continue
            if code != _winapi.WAIT_TIMEOUT:
                return True
            if time.monotonic() >= end:
                return False

    def leave(self) -> None:
        _winapi.CloseHandle(self._event)

    def __enter__(self) -> Sleeper:
        return self

    def __exit__(self, *_: object) -> None:
        self.leave()


def _event_name(name: bytes) -> str:
    return f"Local\\forkless-{name.hex()}"
