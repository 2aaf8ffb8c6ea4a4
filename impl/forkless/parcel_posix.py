"""POSIX: bytes and descriptors that travel together through a socket, in one system call each way.

Guarantees: a receiver that has no room for descriptors raises OSError, and keeps none of them.
Assumes: there are at least as many bytes as hundreds of descriptors.
"""

from __future__ import annotations

import array
import errno
import os
import socket
import sys
from collections.abc import Sequence
from multiprocessing import reduction

assert sys.platform != "win32"

# The kernel takes at most 253 descriptors at once (SCM_MAX_FD).
_CHUNK = 200
_ROOM = socket.CMSG_SPACE(253 * array.array("i").itemsize)
# macOS loses descriptors that are closed before they have arrived: there, each chunk is answered.
_ACKNOWLEDGE: bool = reduction.ACKNOWLEDGE
_CLOSE_ON_EXEC: int = getattr(socket, "MSG_CMSG_CLOEXEC", 0)


def borrowed(end: int) -> socket.socket:
    """A socket object for *end*; detach it, or it will close that."""
    return socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, 0, end)


def send(sock: socket.socket, data: bytes, descriptors: Sequence[int] = ()) -> None:
    """Send *data*, and copies of *descriptors* with its first bytes."""
    rest = memoryview(data)
    while rest or descriptors:
        chunk, descriptors = descriptors[:_CHUNK], descriptors[_CHUNK:]
        now = rest[:1] if descriptors else rest
        sent = sock.sendmsg([now], _ancillary(chunk))
        rest = rest[sent:]
        if chunk and _ACKNOWLEDGE and not sock.recv(1):
            raise EOFError


def receive(sock: socket.socket, most: int) -> tuple[bytes, list[int]]:
    """What has come, *most* bytes at most, with its descriptors; waits for a first byte.

    Raises EOFError when there will be none.
    """
    data, ancillary, flags, _ = sock.recvmsg(most, _ROOM, _CLOSE_ON_EXEC)
    came = array.array("i")
    for _, _, descriptors in ancillary:
        came.frombytes(descriptors[: len(descriptors) - len(descriptors) % came.itemsize])
    if flags & socket.MSG_CTRUNC:
        close(came)
        raise OSError(errno.EMFILE, "no room for the descriptors of a message")
    if not data:
        raise EOFError
    if came and _ACKNOWLEDGE:
        sock.send(b"A")
    if not _CLOSE_ON_EXEC:
        for descriptor in came:
            os.set_inheritable(descriptor, False)
    return data, came.tolist()


def receive_all(sock: socket.socket, size: int) -> bytes:
    """The next *size* bytes, which come alone; raises EOFError when there will be fewer."""
    parts = []
    while size:
        parts.append(sock.recv(size))
        if not parts[-1]:
            raise EOFError
        size -= len(parts[-1])
    return b"".join(parts)


def close(descriptors: Sequence[int] | array.array[int]) -> None:
    """Close what nobody took."""
    for descriptor in descriptors:
        os.close(descriptor)


def _ancillary(descriptors: Sequence[int]) -> list[tuple[int, int, array.array[int]]]:
    if not descriptors:
        return []
    return [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))]
