"""Events on their way to disk: one preallocated mapped file a process.

Guarantees:
    - An event costs no lock and no system call, so that recording hides no race.
    - What was appended survives the SIGKILL of its process: the kernel owns the pages.
    - A reader sees a prefix of whole events, also of a process that died in mid-append: the length
      is stored after the bytes it covers.
Assumes:
    - One thread of a process appends at a time (`record` takes a lock of its own process).
"""

from __future__ import annotations

import itertools
import json
import mmap
import os
import struct
import threading
import time
from pathlib import Path

from poolproof.history import Event, History, Kind, hashable
from poolproof.plan import JSON

SUFFIX = ".journal"
FULL = ".full"  # of the empty file beside a journal that is
CAPACITY = 4 << 20  # bytes, sparse until written; an event is about 100
_LENGTH = struct.Struct("<Q")
_as_json = json.JSONEncoder(separators=(",", ":")).encode  # json.dumps would make one a call
_serial = itertools.count()


class JournalFull(RuntimeError):
    """A process recorded more than fits: the rule writes too much, or a worker loops."""


class Journal:
    """The writing end of one process's file in `folder`."""

    def __init__(self, folder: str | os.PathLike[str], capacity: int = CAPACITY) -> None:
        self.pid = os.getpid()  # asked for once: that is a system call
        self.path = Path(folder) / f"{self.pid}-{next(_serial)}-{time.time_ns()}{SUFFIX}"
        fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0))
        try:
            os.ftruncate(fd, capacity)
            self._map = mmap.mmap(fd, capacity)
        finally:
            os.close(fd)
        self._end = _LENGTH.size

    def append(self, event: Event) -> None:
        """Add one event.

        Raises:
            JournalFull: the file's capacity is spent.
            TypeError: the event's key or value is not JSON.
        """
        said = [event.t_ns, event.pid, event.kind.value, event.op, event.key, event.value]
        line = _as_json(said).encode() + b"\n"
        end = self._end + len(line)
        if end > len(self._map):
            # A worker's task hands the exception to the pool, whose fault it is not.
            self.path.with_suffix(FULL).touch()
            raise JournalFull(f"{self.path.name}: more than {len(self._map)} bytes of events")
        self._map[self._end : end] = line
        _LENGTH.pack_into(self._map, 0, end)
        self._end = end

    def close(self) -> None:
        """Let go of the mapping (Windows cannot delete a mapped file)."""
        self._map.close()


_current: tuple[str, Journal] | None = None
_guard = threading.Lock()


def _begin_anew() -> None:
    """In a forked child: its parent's journal is not its own, and the lock may have been held."""
    global _current, _guard
    _current, _guard = None, threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_anew)


def record(folder: str, kind: Kind, op: str, key: JSON = None, value: JSON = None) -> None:
    """Append an event to this process's journal in `folder`, opening it at the first call."""
    t_ns = time.perf_counter_ns()
    with _guard:
        journal = _journal(folder)
        journal.append(Event(t_ns, journal.pid, kind, op, key, value))


def release() -> None:
    """Close this process's journal, if it has one."""
    global _current
    with _guard:
        if _current is not None:
            _current[1].close()
            _current = None


def _journal(folder: str) -> Journal:
    global _current
    if _current is not None:
        where, journal = _current
        if where == folder:
            return journal
        journal.close()
    _current = (folder, Journal(folder))
    return _current[1]


def read(folder: str | os.PathLike[str]) -> History:
    """All events in `folder`, from processes alive or dead, in the order of the clock."""
    events = [e for path in Path(folder).glob("*" + SUFFIX) for e in _events(path)]
    return History(tuple(sorted(events, key=lambda e: e.t_ns)))


def full(folder: str | os.PathLike[str]) -> bool:
    """Did any process record more than fits?"""
    return any(Path(folder).glob("*" + FULL))


def _events(path: Path) -> list[Event]:
    with path.open("rb") as file:
        head = file.read(_LENGTH.size)
        if len(head) < _LENGTH.size:
            return []  # its process died between creating and sizing it
        lines = file.read(max(0, _LENGTH.unpack(head)[0] - _LENGTH.size)).splitlines()
    return [_event(json.loads(line)) for line in lines]


def _event(fields: list[JSON]) -> Event:
    t_ns, pid, kind, op, key, value = fields
    return Event(t_ns, pid, Kind(kind), op, hashable(key), value)
