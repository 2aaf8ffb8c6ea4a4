"""Windows: a mutex object. The system tells the next thread to get it that its owner has ended.

It does not tell which process that was.
"""

from __future__ import annotations

import _winapi
import ctypes
import sys
from ctypes import wintypes
from multiprocessing import context
from typing import Any

from . import waits_windows
from .taken import Taken

assert sys.platform == "win32"  # for the type checker

_ABANDONED = 0x80  # WAIT_ABANDONED_0

_kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
_create = _kernel32.CreateMutexW
_create.restype = wintypes.HANDLE
_create.argtypes = [wintypes.LPVOID, wintypes.BOOL, wintypes.LPCWSTR]
_release = _kernel32.ReleaseMutex
_release.argtypes = [wintypes.HANDLE]


class Mutex:
    """See `mutex`."""

    last_owner: int | None = None

    def __init__(self, handle: int) -> None:
        self._handle = handle

    @classmethod
    def make(cls) -> Mutex:
        handle: int | None = _create(None, False, None)
        if not handle:
            raise ctypes.WinError(ctypes.get_last_error())
        return cls(handle)

    def acquire(self, seconds: float | None, pid: int) -> Taken:
        code = waits_windows.wait_for(self._handle, seconds)
        if code is None:
            return Taken.NO
        return Taken.ORPHANED if code == _ABANDONED else Taken.YES

    def release(self) -> None:
        if not _release(self._handle):
            raise ctypes.WinError(ctypes.get_last_error())

    def abort(self) -> None:
        _release(self._handle)

    def keep(self) -> None:
        """The system keeps it for the thread that has it."""

    def __reduce__(self) -> tuple[Any, ...]:
        process = context.get_spawning_popen()
        assert process is not None  # whoever holds it has asked
        return Mutex, (process.duplicate_for_child(self._handle),)

    def __del__(self, _close: Any = _winapi.CloseHandle) -> None:
        _close(self._handle)
