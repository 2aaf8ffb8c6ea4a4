"""Windows: an event for each sleeper; the random parts of their names lie in a pipe.

The system then knows what no counter can: which of them still sleeps. An event is there as long as
its sleeper has it, so a name that cannot be opened is passed over.

Assumes: whoever calls, but for `Sleeper.wait`, has the lock that belongs to the queue.
"""

from __future__ import annotations

import _winapi
import ctypes
import secrets
import sys
from ctypes import wintypes
from multiprocessing import connection, context
from typing import Any

from . import waits_windows

assert sys.platform == "win32"  # for the type checker

_NAME = 16  # bytes: nobody guesses it
_MOST = 256  # sleepers, whose names the pipe's buffer of 8 KiB can hold
_MODIFY = 0x0002  # EVENT_MODIFY_STATE

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
            if self._count() >= _MOST:
                raise OSError(f"{_MOST} threads and processes sleep here, and no more can")
            self._last.send_bytes(name)
        except BaseException:
            sleeper.leave()
            raise
        return sleeper

    def wake(self, count: int) -> None:
        """Wake the first `count` of those who still sleep."""
        while count > 0 and self._count():
            event: int | None = _open(_MODIFY, False, _event_name(self._first.recv_bytes()))
            if event:
                _set(event)
                _winapi.CloseHandle(event)
                count -= 1

    def forget_who_left(self) -> None:
        """Make room. One name is out of the queue at a time: who dies then takes no other along."""
        for _ in range(self._count()):
            name = self._first.recv_bytes()
            event: int | None = _open(_MODIFY, False, _event_name(name))
            if event:
                _winapi.CloseHandle(event)
                self._last.send_bytes(name)

    def _count(self) -> int:
        return int(_winapi.PeekNamedPipe(self._first.fileno())[0]) // _NAME

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
        return waits_windows.wait_for(self._event, seconds) is not None

    def leave(self) -> None:
        _winapi.CloseHandle(self._event)

    def __enter__(self) -> Sleeper:
        return self

    def __exit__(self, *_: object) -> None:
        self.leave()


def _event_name(name: bytes) -> str:
    return f"Local\\forkless-{name.hex()}"
