"""Windows: how locks and shared memory travel to a process that is already running.

Shared memory goes by its name. A handle goes as (pid, handle), and whoever unpickles it duplicates
it out of the sender, as often as it is unpickled: nothing is left over if nobody does. Both need
the object that was sent to be alive at its sender until it has arrived.
"""

from __future__ import annotations

import _winapi
import os
import sys
from collections.abc import Callable
from multiprocessing import reduction

assert sys.platform == "win32"


class _Travelling(int):
    """A handle of this process, which unpickles as a handle of the process that unpickles it."""

    def __reduce__(self) -> tuple[Callable[[int, int], int], tuple[int, int]]:
        return _arrive, (os.getpid(), int(self))


class Courier:
    """Stands where a Popen stands while a process object is pickled."""

    def duplicate_for_child(self, handle: int) -> int:
        return _Travelling(handle)


def _arrive(pid: int, handle: int) -> int:
    sender = _winapi.OpenProcess(_winapi.PROCESS_DUP_HANDLE, False, pid)
    try:
        return reduction.duplicate(handle, source_process=sender)
    finally:
        _winapi.CloseHandle(sender)
