"""POSIX: the ends that tie server, spares and callers together, and how they change hands.

A spare has three: its *link* to the server; its *mouth*, a socket whose other end the server gives
to the caller, who sends the process object through it; and the *status* pipe, into which the server
writes the exit code once it has reaped the process. The caller holds the pipe's read end as the
sentinel, and the mouth as long as it lives, so that its end tells the child of the caller's death.

Guarantees: nothing here waits for a spare to read, however large the message is.
Assumes: the descriptors of one message fit the socket's buffer (a thousand do).
"""

from __future__ import annotations

import contextlib
import os
import select
import socket
import struct
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing import reduction, resource_tracker
from multiprocessing.connection import Connection

from . import link_posix

assert sys.platform != "win32"

Link = link_posix.Link

# The kernel takes at most 253 descriptors in one message (SCM_MAX_FD).
_CHUNK = 200
# What is larger waits in a segment: a spare that is still importing reads nothing.
_INLINE = 32 * 1024
_BUFFER = 256 * 1024
_HEADER = struct.Struct("<I?")
_EXIT_CODE = struct.Struct("<q")


def make_link() -> tuple[Link, int]:
    """A connected pair: our link, and the end that a child is to inherit."""
    ours, theirs = socket.socketpair()
    return Link(ours.detach()), theirs.detach()


def open_link(end: int) -> Link:
    """Our link, from the end that we inherited or were sent."""
    os.set_inheritable(end, False)
    return Link(end)


def close_end(end: int) -> None:
    """Close an end that was not made into anything."""
    os.close(end)


def kept_open() -> tuple[int, ...]:
    """What a whole tree inherits: its resource tracker."""
    tracker = resource_tracker.getfd()
    assert tracker is not None
    return (tracker,)


def send_end(link: Link, end: int) -> None:
    """Move *end* to the process at the other side of *link*."""
    try:
        _send_descriptors(link.fileno(), [end])
    finally:
        os.close(end)


def receive_end(link: Link) -> int:
    """The end that the other side moved here."""
    return _receive_descriptors(link.fileno(), 1)[0]


def send_ends(link: Link, ends: Sequence[int]) -> None:
    """Copy *ends* to the process at the other side of *link*."""
    _send_descriptors(link.fileno(), ends)


def receive_ends(link: Link, count: int) -> list[int]:
    """The *count* ends that the other side sent."""
    return _receive_descriptors(link.fileno(), count)


class SpareEnds:
    """The server's side of one spare."""

    def __init__(self) -> None:
        self.link, self._child_link = make_link()
        mouth, child_mouth = socket.socketpair()
        for end in (mouth, child_mouth):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER)
        self._mouth, self._child_mouth = mouth.detach(), child_mouth.detach()
        self._sentinel, self._status = os.pipe()

    @property
    def for_child(self) -> tuple[int, ...]:
        """The ends that the spare inherits, in the order that ``SpareSide`` takes them."""
        return self._child_link, self._child_mouth, self._status

    def launched(self) -> None:
        """The spare runs and has its own copies."""
        os.close(self._child_link)
        os.close(self._child_mouth)

    def give(self, link: Link, spare_handle: int) -> None:
        """Move mouth and sentinel to the client at *link*."""
        try:
            _send_descriptors(link.fileno(), [self._mouth, self._sentinel])
        finally:
            self.withdraw()

    def withdraw(self) -> None:
        """Close the spare's mouth: one that was given to nobody ends."""
        os.close(self._mouth)
        os.close(self._sentinel)

    def abandon(self) -> None:
        """No spare came of it."""
        self.withdraw()
        self.link.close()
        os.close(self._status)

    def ended(self, exit_code: int | None) -> None:
        """Tell whoever holds the sentinel; None when nobody can know."""
        try:
            if exit_code is not None:
                os.write(self._status, _EXIT_CODE.pack(exit_code))
        except BrokenPipeError:
            pass
        finally:
            os.close(self._status)


@dataclass
class Grip:
    """The caller's hold on a process that the server gave it."""

    mouth: int
    sentinel: int

    @classmethod
    def receive(cls, link: Link) -> Grip:
        """Take what ``SpareEnds.give`` sent."""
        return cls(*_receive_descriptors(link.fileno(), 2))

    def send(self, payload: memoryview, descriptors: Sequence[int]) -> None:
        """Hand over *payload*, and copies of *descriptors*."""
        send_handoff(self.mouth, payload, descriptors)

    def exit_code(self) -> int:
        """The exit code, once the sentinel is ready; 255 if nobody was left to report it."""
        code = _read_code(self.sentinel)
        # No code from the server: it died first. The child reported for itself, unless it was
        # killed; then nobody knows, and 255 is what CPython says too.
        return code if code is not None else _either(_read_code(self.mouth), 255)

    def close(self) -> None:
        """Let go of a process."""
        os.close(self.mouth)
        os.close(self.sentinel)


class SpareSide:
    """A spare's own ends."""

    def __init__(self, link: int, mouth: int, status: int, tracker: int) -> None:
        for end in (mouth, status, tracker):
            os.set_inheritable(end, False)
        # Else a preload that makes a semaphore would start a tracker of its own, which would
        # unlink it as soon as the hand-off puts the caller's tracker in its place.
        resource_tracker._resource_tracker._fd = tracker  # type: ignore[attr-defined]
        self.link = open_link(link)
        self.mouth = mouth

    def receive(self) -> tuple[bytes, list[int]]:
        """Wait for the hand-off: payload and descriptors.

        Raises EOFError when there will be none.
        """
        return receive_handoff(self.mouth)

    def is_asked(self) -> bool:
        """Has a caller begun the hand-off?"""
        mouth = select.poll()
        mouth.register(self.mouth, select.POLLIN)
        return bool(mouth.poll(0))

    def caller_sentinel(self, system_state: object) -> int:
        """Becomes ready when the caller is gone."""
        return self.mouth

    def report(self, exit_code: int) -> None:
        """Leave the exit code where the caller finds it if the server is gone by then."""
        with contextlib.suppress(OSError):  # the caller may be gone too: nobody asks
            os.write(self.mouth, _EXIT_CODE.pack(exit_code & 0xFF))


def send_handoff(mouth: int, payload: memoryview, descriptors: Sequence[int]) -> None:
    """Send *descriptors* first, then *payload*."""
    inline = len(payload) <= _INLINE
    _send_bytes(mouth, _HEADER.pack(len(descriptors), inline))
    _send_descriptors(mouth, descriptors)
    if inline:
        _send_bytes(mouth, payload)
    else:
        segment = _segment()
        try:
            _write(segment, payload)
            _send_descriptors(mouth, [segment])
        finally:
            os.close(segment)


def receive_handoff(mouth: int) -> tuple[bytes, list[int]]:
    """Wait for what `send_handoff` sends."""
    count, inline = _HEADER.unpack(_receive_bytes(mouth))
    descriptors = _receive_descriptors(mouth, count)
    if inline:
        return _receive_bytes(mouth), descriptors
    (segment,) = _receive_descriptors(mouth, 1)
    with open(segment, "rb") as file:
        file.seek(0)
        return file.read(), descriptors


def _either(first: int | None, second: int) -> int:
    return second if first is None else first


def _read_code(end: int) -> int | None:
    try:
        data = os.read(end, _EXIT_CODE.size)
    except OSError:
        return None
    return int(_EXIT_CODE.unpack(data)[0]) if len(data) == _EXIT_CODE.size else None


def _segment() -> int:
    if sys.platform == "linux":
        return os.memfd_create("forkless", os.MFD_CLOEXEC)
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


def _write(end: int, data: memoryview) -> None:
    while data:
        data = data[os.write(end, data) :]


def _send_bytes(end: int, data: bytes | memoryview) -> None:
    connection = Connection(end)
    try:
        connection.send_bytes(data)
    finally:
        _release(connection)


def _receive_bytes(end: int) -> bytes:
    connection = Connection(end)
    try:
        return connection.recv_bytes()
    finally:
        _release(connection)


def _release(connection: Connection) -> None:
    """Keep a borrowed descriptor open when its Connection is collected."""
    connection._handle = None  # type: ignore[attr-defined]


def _send_descriptors(end: int, descriptors: Sequence[int]) -> None:
    with socket.socket(fileno=os.dup(end)) as sock:
        for start in range(0, len(descriptors), _CHUNK):
            reduction.sendfds(sock, list(descriptors[start : start + _CHUNK]))


def _receive_descriptors(end: int, count: int) -> list[int]:
    received: list[int] = []
    with socket.socket(fileno=os.dup(end)) as sock:
        while len(received) < count:
            received += reduction.recvfds(sock, min(_CHUNK, count - len(received)))
    for descriptor in received:
        os.set_inheritable(descriptor, False)
    return received
