"""A server's board: shared memory in which it shows its state to its user's other programs.

It is for looking at alone: a server reads nothing from it, so there is no door here to knock at. To
post costs a server microseconds and asks nobody, so a stuck server is seen too.

Guarantees: a reader sees all that was posted last, or nothing; a board ends with its server,
whatever ends that.
Assumes: one thread posts.
"""

from __future__ import annotations

import mmap
import struct
import sys
from binascii import crc32
from collections.abc import Callable, Iterator

if sys.platform == "linux":
    from . import board_linux as system
elif sys.platform == "win32":
    from . import board_windows as system
else:
    from . import board_none as system

SIZE = 64 * 1024
_HEADER = struct.Struct("<II")  # length and checksum of what follows
_TRIES = 1000  # to read between two posts, which are far longer apart than a read takes


class Board:
    """Shows what was posted last."""

    def __init__(self) -> None:
        self._memory: mmap.mmap | None = None

    def post(self, data: bytes) -> None:
        """Show *data* in place of what was there; raises OSError where no memory can be had."""
        if self._memory is None:
            self._memory = system.make(SIZE)
        if len(data) > SIZE - _HEADER.size:
            data = b""  # what was there would be wrong
        whole = _HEADER.pack(len(data), crc32(data)) + data
        self._memory[: len(whole)] = whole


def read_all() -> Iterator[bytes]:
    """What is on the boards of this user; raises NotImplementedError where no system shows it."""
    for look in system.open_all(SIZE):
        data = read(look)
        if data is not None:
            yield data


def read(look: Callable[[], bytes]) -> bytes | None:
    """What is on the board at which *look* looks; None if it is none."""
    for _ in range(_TRIES):
        whole = look()
        if len(whole) != SIZE:
            return None
        length, checksum = _HEADER.unpack_from(whole)
        data = whole[_HEADER.size : _HEADER.size + length]
        if crc32(data) == checksum:
            return data
    return None
