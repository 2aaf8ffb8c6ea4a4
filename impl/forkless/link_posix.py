"""POSIX: one side of a link, on which messages go both ways, some of them with descriptors."""

from __future__ import annotations

import select
import socket
import struct
import sys
from collections.abc import Sequence
from typing import Any

from . import parcel_posix as parcel
from . import wire

assert sys.platform != "win32"

_SIZE = struct.Struct("!I")
_TIMEVAL = struct.Struct("ll")


class Link:
    """Sends and receives messages; refuses what is none, and what is too large before it comes.

    Assumes: one thread sends, and one receives.
    """

    def __init__(self, end: int) -> None:
        self._socket = parcel.borrowed(end)  # for good
        self._coming = select.poll()
        self._coming.register(end, select.POLLIN)
        self._came: list[int] = []

    def send(self, message: object, ends: Sequence[int] = ()) -> None:
        """Send *message* and copies of *ends*; raises OSError if nobody will read it."""
        self.send_bytes(wire.encode(message), ends)

    def send_bytes(self, data: bytes, ends: Sequence[int] = ()) -> None:
        """Send a message that is encoded already."""
        parcel.send(self._socket, _SIZE.pack(len(data)) + data, ends)

    def recv(self) -> Any:
        """The next message; raises EOFError or OSError if there will be none."""
        return wire.decode(self.recv_bytes())

    def recv_bytes(self) -> bytes:
        """The next message as it came; what came with the last one and was not taken is closed."""
        self._close_the_rest()
        head, self._came = parcel.receive(self._socket, _SIZE.size)
        head += parcel.receive_all(self._socket, _SIZE.size - len(head))
        (size,) = _SIZE.unpack(head)
        if size > wire.LIMIT:
            raise wire.Malformed(f"a message of {size} bytes is too large")
        return parcel.receive_all(self._socket, size)

    def take(self, count: int) -> list[int]:
        """The ends that came with the last message: *count* of them, or it is Malformed."""
        if len(self._came) != count:
            raise wire.Malformed(f"{len(self._came)} ends came with a message, not {count}")
        ends, self._came = self._came, []
        return ends

    def poll(self, seconds: float) -> bool:
        """Wait until something comes, or the link is broken; False if nothing is in time."""
        return bool(self._coming.poll(seconds * 1000))

    def be_patient_for(self, seconds: float) -> None:
        """From now on, raise OSError where a send or the rest of a message takes longer."""
        limit = _TIMEVAL.pack(int(seconds), int(seconds % 1 * 1e6))
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)

    def fileno(self) -> int:
        """Readable when something comes."""
        return self._socket.fileno()

    def close(self) -> None:
        """Hang up."""
        self._close_the_rest()
        self._socket.close()

    def __enter__(self) -> Link:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _close_the_rest(self) -> None:
        rest, self._came = self._came, []
        parcel.close(rest)
