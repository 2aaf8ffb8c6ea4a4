"""Envelopes: a pickle and the buffers that belong to it, as one message.

The message is a table and the small parts; each large part lies in a block of the sender's arena,
where there is room, and travels by reference.

Guarantees
- The bytes are copied when the message is sealed: later writes change nothing in it.
- Blocks are kept as long as the sealed message, and leased as long as the receiver holds it, its
  parts, or what was made of them in place; opened or not, they come back.

Assumes: a message with blocks is accepted once, in one process.
"""

from __future__ import annotations

import os
import struct
from typing import NamedTuple

from ..arena.allocator import Block
from ..arena.arena import Arena, Lease, Window
from .errors import PoolError
from .frames import Buffer

MARK = 0x01  # no pickle begins with it
LARGE = 1 << 16  # bytes from which the way through an arena is the faster one
_HEAD = struct.Struct("<B?III")  # mark, in place, storages, parts, blocks
_PART = struct.Struct("<QQi")  # first byte in the sender's storage, bytes, block or -1
_BLOCK = struct.Struct("<QQIQ")
_PIECE = 1 << 22  # bytes copied at a time: other threads get their turn between


class Sealed(bytes):
    """A message some of whose parts lie in `blocks` of `arena`. They are dropped with it."""

    arena: Arena
    blocks: list[Block]

    def lend(self, lessee: object) -> None:
        """It is about to be sent to `lessee`."""
        self.arena.lend(self.blocks, lessee)

    def __del__(self) -> None:
        self.arena.drop(self.blocks)


class Part(NamedTuple):
    """Bytes of a message; of a storage, those from byte `first` on.

    in_place: they are the receiver's own for as long as it holds `content`.
    """

    content: Buffer
    first: int = 0
    in_place: bool = False


class Opened(NamedTuple):
    pickled: Buffer
    storages: list[Part]
    buffers: list[Part]


class Parcel:
    """A message that was accepted and not opened yet."""

    def __init__(self, message: Buffer, leases: list[Lease]) -> None:
        self._message = message
        self._leases = leases
        self._process = os.getpid()

    def __len__(self) -> int:
        return len(self._message)

    def open(self) -> Opened:
        """The parts. PoolError in a fork of the process that it came to."""
        if self._leases and self._process != os.getpid():
            raise PoolError(
                f"this result came to process {self._process} and lies in memory of a worker, "
                "which a fork of it does not hold; call get() before the fork"
            )
        view = memoryview(self._message)
        _, in_place, storages, parts, blocks = _HEAD.unpack_from(view)
        at = _HEAD.size + blocks * _BLOCK.size + parts * _PART.size
        opened = []
        for index in range(parts):
            first, size, block = _PART.unpack_from(
                view, _HEAD.size + blocks * _BLOCK.size + index * _PART.size
            )
            if block < 0:
                opened.append(Part(view[at : at + size], first))
                at += size
            else:
                content = self._leases[block].content()[:size]
                opened.append(Part(content, first, in_place))
        return Opened(opened[0].content, opened[1 : 1 + storages], opened[1 + storages :])


def seal(
    pickled: Buffer,
    storages: list[Part],
    buffers: list[memoryview],
    arena: Arena | None,
    in_place: bool,
) -> Buffer:
    """One message. `in_place`: the receiver may keep the blocks instead of copying them."""
    parts = [Part(pickled), *storages, *map(Part, buffers)]
    blocks: list[Block] = []
    table: list[bytes] = []
    inline: list[Buffer] = []
    try:
        for content, first, _ in parts:
            block = None
            if arena is not None and len(content) >= LARGE:
                block = arena.allocate(len(content))
            if arena is None or block is None:
                inline.append(content)
                table.append(_PART.pack(first, len(content), -1))
            else:
                blocks.append(block)
                copy(content, arena.content(block))
                table.append(_PART.pack(first, len(content), len(blocks) - 1))
    except BaseException:
        if arena is not None:
            arena.drop(blocks)
        raise
    head = _HEAD.pack(MARK, in_place, len(storages), len(parts), len(blocks))
    places = [_BLOCK.pack(one.first, one.size, one.slot, one.stamp) for one in blocks]
    message = b"".join((head, *places, *table, *inline))
    if arena is None or not blocks:
        return message
    sealed = Sealed(message)
    sealed.arena, sealed.blocks = arena, blocks
    return sealed


def accept(message: Buffer, window: Window | None) -> Buffer | Parcel:
    """Take a lease on the message's blocks, which are now sure to come back. Runs no user code."""
    if message[0] != MARK:
        return message
    count = _HEAD.unpack_from(message)[-1]
    leases = []
    for index in range(count):
        block = Block(*_BLOCK.unpack_from(message, _HEAD.size + index * _BLOCK.size))
        assert window is not None  # without one the sender has no arena
        leases.append(window.lease(block))
    return Parcel(message, leases)


def copy(source: Buffer, target: memoryview) -> None:
    """In pieces, as each piece is copied with the interpreter's lock held."""
    source = memoryview(source)
    for first in range(0, len(source), _PIECE):
        piece = source[first : first + _PIECE]
        target[first : first + len(piece)] = piece
