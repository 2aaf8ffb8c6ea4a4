"""Windows: the ends that tie server, spares and callers together, and how they change hands.

A spare has two: its *link* to the server, and its *mouth*, a pipe whose write end the server gives
to the caller together with a handle of the process. The caller sends the process object through the
mouth and uses the process handle as the sentinel; the child holds a handle of its caller.

Guarantees: nothing here waits for a spare to read, however large the message is.
Assumes: server, spares and callers run as one user; each may duplicate handles out of another.
"""

from __future__ import annotations

import _winapi
import contextlib
import msvcrt
import os
import struct
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing import connection, reduction
from typing import Any

from . import link_windows

assert sys.platform == "win32"

Link = link_windows.Link

# What is larger waits in a segment: a spare that is still importing reads nothing.
_INLINE = 32 * 1024
_BUFFER = 64 * 1024
_HEADER = struct.Struct("<QQ")


def make_link() -> tuple[Link, int]:
    """A connected pair: our link, and the end that a child is to inherit."""
    ours, theirs = connection.Pipe(duplex=True)
    with ours, theirs:
        return Link(reduction.duplicate(ours.fileno())), reduction.duplicate(theirs.fileno())


def open_link(end: int) -> Link:
    """Our link, from the end that we inherited or were sent."""
    os.set_handle_inheritable(end, False)
    return Link(end)


def close_end(end: int) -> None:
    """Close an end that was not made into anything."""
    _winapi.CloseHandle(end)


def kept_open() -> tuple[int, ...]:
    """What a whole tree inherits: nothing."""
    return ()


class SpareEnds:
    """The server's side of one spare."""

    def __init__(self) -> None:
        self.link, self._child_link = make_link()
        self._child_mouth, self._mouth = _winapi.CreatePipe(None, _BUFFER)

    @property
    def for_child(self) -> tuple[int, ...]:
        """The ends that the spare inherits, in the order that ``SpareSide`` takes them."""
        return self._child_link, self._child_mouth

    def launched(self) -> None:
        """The spare runs and has its own copies."""
        _winapi.CloseHandle(self._child_link)
        _winapi.CloseHandle(self._child_mouth)

    def give(self, link: Link, message: object, spare_handle: int) -> None:
        """Send *message* to the client at *link*, and move mouth and handle of the spare there."""
        try:
            link.send(message, (self._mouth, spare_handle))
        finally:
            self.withdraw()

    def withdraw(self) -> None:
        """Close the spare's mouth: one that was given to nobody ends."""
        _winapi.CloseHandle(self._mouth)

    def abandon(self) -> None:
        """No spare came of it."""
        self.withdraw()
        self.link.close()

    def ended(self, exit_code: int | None) -> None:
        """The process handle tells by itself."""


@dataclass
class Grip:
    """The caller's hold on a process that the server gave it: its sentinel is a process handle."""

    mouth: int
    sentinel: int

    @classmethod
    def receive(cls, link: Link) -> Grip:
        """Take what ``SpareEnds.give`` sent."""
        return cls(*link.take(2))

    def send(self, payload: memoryview, handles: Sequence[int] = ()) -> None:
        """Hand over *payload*, then close the mouth: the child needs no more of it."""
        segment = 0 if len(payload) <= _INLINE else self._segment(payload)
        end, self.mouth = self.mouth, 0  # closed below, also if nobody reads any more
        with open(msvcrt.open_osfhandle(end, 0), "wb") as mouth:
            mouth.write(_HEADER.pack(len(payload), segment))
            if not segment:
                mouth.write(payload)

    def _segment(self, payload: memoryview) -> int:
        with tempfile.TemporaryFile() as file:
            file.write(payload)
            file.flush()
            file.seek(0)
            return reduction.duplicate(msvcrt.get_osfhandle(file.fileno()), self.sentinel)

    def close(self) -> None:
        """Let go of a process that was never handed anything: it ends."""
        if self.mouth:
            _winapi.CloseHandle(self.mouth)
        _winapi.CloseHandle(self.sentinel)


class SpareSide:
    """A spare's own ends."""

    def __init__(self, link: int, mouth: int) -> None:
        os.set_handle_inheritable(mouth, False)
        self.link = open_link(link)
        self._mouth = mouth

    def receive(self) -> tuple[bytes, list[int]]:
        """Wait for the hand-off: the payload.

        Raises EOFError when there will be none.
        """
        with open(msvcrt.open_osfhandle(self._mouth, os.O_RDONLY), "rb") as mouth:
            header = mouth.read(_HEADER.size)
            if len(header) < _HEADER.size:
                raise EOFError
            size, segment = _HEADER.unpack(header)
            if not segment:
                return _exactly(mouth.read(size), size), []
        with open(msvcrt.open_osfhandle(segment, os.O_RDONLY), "rb") as file:
            return _exactly(file.read(size), size), []

    def is_asked(self) -> bool:
        """Has a caller begun the hand-off?"""
        with contextlib.suppress(OSError):
            return bool(_winapi.PeekNamedPipe(self._mouth, 0)[0])
        return False

    def caller_sentinel(self, system_state: Any) -> int:
        """Becomes ready when the caller is gone: the handle of it that came with its state."""
        return int(system_state.caller)

    def report(self, exit_code: int) -> None:
        """The process handle tells by itself."""


def _exactly(data: bytes, size: int) -> bytes:
    if len(data) < size:
        raise EOFError  # the caller died in the middle of it
    return data
