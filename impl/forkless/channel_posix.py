"""POSIX: the ends that tie server, spares and callers together, and how they change hands.

A spare has three: its *link* to the server; its *mouth*, a socket whose other end the server gives
to the caller, who sends the process object through it; and the *status* pipe, into which the server
writes the exit code once it has reaped the process. The caller holds the pipe's read end as the
sentinel, and the mouth as long as it lives, so that its end tells the child of the caller's death.

Guarantees: nothing here waits for a spare to read, however large the message is.
But on macOS it does where descriptors go along: each lot of them is answered.
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
from multiprocessing import resource_tracker

from . import link_posix
from . import parcel_posix as parcel

assert sys.platform != "win32"

Link = link_posix.Link

# What is larger waits in a segment: a spare that is still importing reads nothing.
_INLINE = 32 * 1024
_BUFFER = 256 * 1024
# How many bytes follow (none: they are in the last descriptor), and how many descriptors came.
_HEADER = struct.Struct("<II")
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


class SpareEnds:
    """The server's side of one spare."""

    def __init__(self) -> None:
        with contextlib.ExitStack() as made:  # closed, where there are too few descriptors
            ends = [made.enter_context(end) for _ in range(2) for end in socket.socketpair()]
            for mouth in ends[2:]:
                mouth.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER)
            self._sentinel, self._status = os.pipe()
            link, self._child_link, self._mouth, self._child_mouth = (end.detach() for end in ends)
        self.link = Link(link)

    @property
    def for_child(self) -> tuple[int, ...]:
        """The ends that the spare inherits, in the order that ``SpareSide`` takes them."""
        return self._child_link, self._child_mouth, self._status

    def launched(self) -> None:
        """The spare runs and has its own copies."""
        os.close(self._child_link)
        os.close(self._child_mouth)

    def give(self, link: Link, message: object, spare_handle: int) -> None:
        """Send *message* to the client at *link*, and move mouth and sentinel there."""
        try:
            link.send(message, (self._mouth, self._sentinel))
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
        return cls(*link.take(2))

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
    """Send *payload*, and copies of *descriptors*."""
    if len(payload) <= _INLINE:
        _send_parcel(mouth, _HEADER.pack(len(payload), len(descriptors)) + payload, descriptors)
        return
    segment = _segment()
    try:
        _write(segment, payload)
        _send_parcel(mouth, _HEADER.pack(0, len(descriptors) + 1), [*descriptors, segment])
    finally:
        os.close(segment)


def receive_handoff(mouth: int) -> tuple[bytes, list[int]]:
    """Wait for what `send_handoff` sends; raises EOFError when there will be none."""
    data, descriptors = _receive_parcel(mouth)
    if data:
        return data, descriptors
    with open(descriptors.pop(), "rb") as file:
        file.seek(0)
        return file.read(), descriptors


def _send_parcel(mouth: int, data: bytes, descriptors: Sequence[int]) -> None:
    sock = parcel.borrowed(mouth)
    try:
        parcel.send(sock, data, descriptors)
    finally:
        sock.detach()


def _receive_parcel(mouth: int) -> tuple[bytes, list[int]]:
    sock = parcel.borrowed(mouth)
    try:
        data, descriptors = parcel.receive(sock, _HEADER.size + _INLINE)
        while not _is_whole(data, descriptors):
            more, others = parcel.receive(sock, _HEADER.size + _INLINE)
            data, descriptors = data + more, descriptors + others
    finally:
        sock.detach()
    return data[_HEADER.size :], descriptors


def _is_whole(data: bytes, descriptors: list[int]) -> bool:
    if len(data) < _HEADER.size:
        return False
    size, count = _HEADER.unpack_from(data)
    return (len(data), len(descriptors)) == (_HEADER.size + size, count)


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
