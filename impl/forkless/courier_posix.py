"""POSIX: how locks and shared memory travel to a process that is already running.

A semaphore goes by its name, which needs the object that was sent to be alive at its sender until
it has arrived. A descriptor is fetched from multiprocessing's resource sharer, a thread of the
sender: a copy of it once, or, where the sender keeps the object alive, itself as often as it is
unpickled (a task may be repeated), and nothing is left over if it never is.
"""

from __future__ import annotations

import os
import socket
import sys
from dataclasses import dataclass
from multiprocessing import process, reduction, resource_sharer
from multiprocessing.connection import Client, Connection
from typing import Any

assert sys.platform != "win32"

_sharer: Any = resource_sharer._resource_sharer  # type: ignore[attr-defined]


class Courier:
    """Stands where a Popen stands while a process object is pickled."""

    def DupFd(self, fd: int) -> Any:
        return resource_sharer.DupFd(fd)

    def duplicate_for_child(self, fd: int) -> int:
        return fd


class CourierOfKept(Courier):
    """For objects that their sender keeps until they have arrived, as often as that is."""

    def DupFd(self, fd: int) -> _Travelling:
        """OSError where no descriptor is left: the sharer could not even hear who asks for it."""
        # Not a copy of *fd*: who closes one gives up all record locks on that file.
        socket.socket(socket.AF_UNIX).close()
        return _Travelling(*_lender(), fd, _file(fd))


@dataclass(frozen=True)
class _Travelling:
    """A descriptor of another process. Each `detach` gives one of this process."""

    address: Any
    key: int
    fd: int
    file: tuple[int, int]

    def detach(self) -> int:
        with Client(self.address, authkey=process.current_process().authkey) as connection:
            # Where the sharer expects a process id alone. It passes on what it gets.
            connection.send((self.key, (os.getpid(), self.fd, self.file)))
            return reduction.recv_handle(connection)


_known: tuple[Any, int] | None = None


def _lender() -> tuple[Any, int]:
    """Address and key where this process's sharer gives any descriptor that it is asked for."""
    global _known
    known = _known
    if known is None or known[0] != _sharer._address:  # a fork has a sharer of its own
        known = _known = _open_lender()
    return known


def _open_lender() -> tuple[Any, int]:
    def send(connection: Connection, asked: tuple[int, int, tuple[int, int]]) -> None:
        _sharer._cache[key] = (send, _nothing)  # it forgets what it has given
        pid, fd, file = asked
        if _is(fd, file):  # else its object is gone, and the asker reads the end of the line
            reduction.send_handle(connection, fd, pid)

    address, key = _sharer.register(send, _nothing)
    return address, key


def _file(fd: int) -> tuple[int, int]:
    status = os.fstat(fd)
    return status.st_dev, status.st_ino


def _is(fd: int, file: tuple[int, int]) -> bool:
    try:
        return _file(fd) == file
    except OSError:  # closed
        return False


def _nothing() -> None:
    """It is closed by the object whose it is."""
