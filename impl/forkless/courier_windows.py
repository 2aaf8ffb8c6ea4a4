"""Windows: how locks and shared memory travel to a process that is already running.

Shared memory goes by its name. A handle goes as (pid, handle), and whoever unpickles it duplicates
it out of the sender, as often as it is unpickled: nothing is left over if nobody does. Both need
the object that was sent to be alive at its sender until it has arrived. So do connections, of
which multiprocessing makes a copy that can be taken once.
"""

from __future__ import annotations

import _winapi
import os
import sys
from collections.abc import Callable
from multiprocessing import connection, context, reduction
from typing import Any

assert sys.platform == "win32"


class _Travelling(int):
    """A handle of this process, which unpickles as a handle of the process that unpickles it."""

    def __reduce__(self) -> tuple[Callable[[int, int], int], tuple[int, int]]:
        return _arrive, (os.getpid(), int(self))


class Courier:
    """Stands where a Popen stands while a process object is pickled."""

    def duplicate_for_child(self, handle: int) -> int:
        return _Travelling(handle)


CourierOfKept = Courier


def _arrive(pid: int, handle: int) -> int:
    sender = _winapi.OpenProcess(_winapi.PROCESS_DUP_HANDLE, False, pid)
    try:
        return reduction.duplicate(handle, source_process=sender)
    finally:
        _winapi.CloseHandle(sender)


def _reduce_connection(one: connection.PipeConnection) -> Any:
    process = context.get_spawning_popen()
    if not isinstance(process, Courier):
        return _native_reduce(one)
    handle = process.duplicate_for_child(one.fileno())
    return connection.PipeConnection, (handle, one.readable, one.writable)


_native_reduce: Any = vars(connection)["reduce_pipe_connection"]  # typeshed does not know it
reduction.ForkingPickler.register(connection.PipeConnection, _reduce_connection)
