"""The allocator of an arena: which bytes are free, and who sees those that are not. No memory here.

A block is seen by its owner while the owner keeps it, and by one lessee while it is lent. Only when
neither is so, its bytes can be given out again.

Assumes: one thread at a time.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterable
from dataclasses import dataclass

GRAIN = 4096  # blocks begin and end at multiples of it: each has its pages for itself
_STAMPS = (1 << 64) - 1


@dataclass(frozen=True)
class Block:
    """`size` bytes from byte `first` of the arena. `slot` and `stamp` tell it from all others.

    No two blocks that are in use have the same slot; the stamp is another one each time that a
    slot is used, so that a word about an earlier block is not taken for one about this.
    """

    first: int
    size: int
    slot: int
    stamp: int

    @property
    def end(self) -> int:
        return self.first + self.size


class _Entry:
    def __init__(self, block: Block) -> None:
        self.block = block
        self.kept = True
        self.lessee: object | None = None


class Allocator:
    """Bookkeeping for `size` bytes from byte `first` on, in at most `slots` blocks at a time."""

    def __init__(self, first: int, size: int, slots: int) -> None:
        self._free = [(first, size)] if size else []  # (first byte, bytes), sorted, no neighbours
        self._slots = list(range(slots - 1, -1, -1))
        self._stamps = [0] * slots
        self._entries: dict[int, _Entry] = {}

    def allocate(self, size: int, below: int) -> Block | None:
        """A block that ends at or before byte `below` and that the owner keeps; None: no room."""
        if not self._slots:
            return None
        size = -(-max(size, 1) // GRAIN) * GRAIN
        for index, (first, room) in enumerate(self._free):
            if first + size > below:
                return None
            if room >= size:
                self._free[index : index + 1] = [(first + size, room - size)] * (room > size)
                return self._enter(first, size)
        return None

    def _enter(self, first: int, size: int) -> Block:
        slot = self._slots.pop()
        self._stamps[slot] = self._stamps[slot] % _STAMPS + 1
        block = Block(first, size, slot, self._stamps[slot])
        self._entries[slot] = _Entry(block)
        return block

    def lend(self, block: Block, lessee: object) -> None:
        """From now on `lessee` may see the block too."""
        entry = self._entry(block)
        assert entry.lessee is None
        entry.lessee = lessee

    def drop(self, block: Block) -> None:
        """The owner keeps the block no longer."""
        entry = self._entry(block)
        assert entry.kept
        entry.kept = False
        self._settle(entry)

    def returned(self, block: Block) -> None:
        """The lessee sees the block no longer."""
        entry = self._entry(block)
        assert entry.lessee is not None
        entry.lessee = None
        self._settle(entry)

    def reclaim(self, lessee: object) -> None:
        """The lessee is dead: it sees nothing any more."""
        for entry in list(self._entries.values()):
            if entry.lessee is lessee:
                self.returned(entry.block)

    def lent(self) -> Iterable[Block]:
        """The blocks that somebody else may see."""
        return [entry.block for entry in self._entries.values() if entry.lessee is not None]

    def in_use(self) -> int:
        """How many blocks are not free."""
        return len(self._entries)

    def _entry(self, block: Block) -> _Entry:
        entry = self._entries[block.slot]
        assert entry.block is block
        return entry

    def _settle(self, entry: _Entry) -> None:
        if entry.kept or entry.lessee is not None:
            return
        block = entry.block
        del self._entries[block.slot]
        self._slots.append(block.slot)
        self._give_back(block.first, block.size)

    def _give_back(self, first: int, size: int) -> None:
        free = self._free
        at = bisect.bisect(free, (first, size))
        if at < len(free) and free[at][0] == first + size:
            size += free.pop(at)[1]
        if at and sum(free[at - 1]) == first:
            first, before = free.pop(at - 1)
            size += before
            at -= 1
        free.insert(at, (first, size))
