"""POSIX: how locks and shared memory travel to a process that is already running.

A semaphore goes by its name, which needs the object that was sent to be alive at its sender until
it has arrived. A descriptor is fetched from multiprocessing's resource sharer, a thread of the
sender: a copy of it once, or, where the sender keeps the object alive, itself as often as it is
unpickled (a task may be repeated), and nothing is left over if it never is.
"""

from __future__ import annotations

import os
import sys
import threading
from dataclasses import dataclass
from multiprocessing import reduction, resource_sharer
from multiprocessing.connection import Connection
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
        return _offers.of(fd)


@dataclass(frozen=True)
class _Travelling:
    """A descriptor of another process. Each `detach` gives one of this process."""

    address: Any
    key: int

    def detach(self) -> int:
        with _sharer.get_connection((self.address, self.key)) as connection:
            return reduction.recv_handle(connection)


@dataclass(frozen=True)
class _Offer:
    file: tuple[int, int]
    travelling: _Travelling


class _Offers:
    """What the sharer gives out, one entry for each number of a descriptor."""

    def __init__(self) -> None:
        self._begin()
        os.register_at_fork(after_in_child=self._begin)

    def _begin(self) -> None:
        self._lock = threading.Lock()
        self._offers: dict[int, _Offer] = {}

    def of(self, fd: int) -> _Travelling:
        """OSError where no descriptor is left: the sharer could not even hear who asks for it."""
        os.close(os.dup(fd))
        file = _file(fd)
        with self._lock:
            offer = self._offers.get(fd)
            if offer is None or offer.file != file or not _is_on(offer.travelling):
                offer = self._offers[fd] = _Offer(file, _register(fd, file))
            return offer.travelling


_offers = _Offers()


def _file(fd: int) -> tuple[int, int]:
    status = os.fstat(fd)
    return status.st_dev, status.st_ino


def _is(fd: int, file: tuple[int, int]) -> bool:
    try:
        return _file(fd) == file
    except OSError:  # closed
        return False


def _is_on(travelling: _Travelling) -> bool:
    on: bool = travelling.address == _sharer._address and travelling.key in _sharer._cache
    return on


def _register(fd: int, file: tuple[int, int]) -> _Travelling:
    def send(connection: Connection, pid: int) -> None:
        # The sharer forgets what it has given; this may be asked for again.
        _sharer._cache[travelling.key] = (send, _nothing)
        if _is(fd, file):  # else its object is gone, and the asker reads the end of the line
            reduction.send_handle(connection, fd, pid)

    travelling = _Travelling(*_sharer.register(send, _nothing))
    return travelling


def _nothing() -> None:
    """It is closed by the object whose it is."""
