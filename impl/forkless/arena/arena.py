"""Arena and Window: an owner's and a lessee's side of one segment.

The segment begins with a page of words, one a slot. A lessee that sees a block no longer writes
the block's stamp into its slot's word, and the owner reads it when it needs room: no message, no
lock between processes, and what a killed process leaves is a word that was written or was not.

Guarantees
- The bytes of a block are not given out while its owner keeps it or its lessee sees it.
- `Arena.drop` and the end of a lease take no lock: both happen in finalizers, which run anywhere.
- An arena that is full, or whose system has no memory left, says so by giving no block.

Assumes
- A block has one lessee at a time; whoever lends it has told the lessee so by a system call, as
  the pipe is, so that what was written before is seen.
- The owner reclaims from a lessee only when its process is dead. Processes that the lessee forked
  may see the block longer: they are the task's own affair.
"""

from __future__ import annotations

import ctypes
import os
import sys
import threading
from collections import deque
from collections.abc import Iterable
from typing import Any

from .allocator import Allocator, Block
from .raw import Everything, bytes_at, first_bytes
from .segment import Segment, most_useful

_SLOTS = 4096
_WORDS = _SLOTS * 8
_GROW_BY = 1 << 21  # bytes: a huge page
_SMALLEST = 1 << 26  # bytes of address space below which an arena is not worth having


def make_segment() -> Segment | None:
    """As much address space as is of use, or less where a limit says so, or none."""
    size = min(most_useful(), sys.maxsize >> 4) // _GROW_BY * _GROW_BY
    while size >= _SMALLEST:
        try:
            segment = Segment(size)
        except (OSError, ValueError, OverflowError):
            size //= 4
            continue
        try:
            segment.commit(0, _WORDS)
        except OSError:
            return None
        return segment
    return None


class Arena:
    """The owner's side."""

    def __init__(self, segment: Segment) -> None:
        self.segment = segment
        self._words = _words(segment)
        self._committed = _WORDS
        self._allocator = Allocator(_WORDS, segment.size - _WORDS, _SLOTS)
        self._lock = threading.Lock()
        self._dropped: deque[Block] = deque()

    def allocate(self, size: int) -> Block | None:
        """A block of at least `size` bytes that the owner keeps; None where there is no room."""
        with self._lock:
            self._settle_dropped()
            block = self._allocator.allocate(size, self._committed)
            if block is None:
                self._settle_returned()
                block = self._allocator.allocate(size, self._committed)
            if block is None:
                block = self._allocator.allocate(size, self.segment.size)
                if block is not None and not self._grow_to(block.end):
                    self._allocator.drop(block)
                    block = None
            return block

    def content(self, block: Block) -> memoryview:
        """The block's bytes. The caller keeps the block, or has it lent, meanwhile."""
        return bytes_at(self.segment.address + block.first, block.size)

    def lend(self, blocks: Iterable[Block], lessee: object) -> None:
        """Tell that `lessee` is about to be sent these blocks."""
        with self._lock:
            for block in blocks:
                self._allocator.lend(block, lessee)

    def drop(self, blocks: Iterable[Block]) -> None:
        """The owner keeps these blocks no longer. Safe in a finalizer."""
        self._dropped.extend(blocks)

    def reclaim(self, lessee: object) -> None:
        """The process of `lessee` is dead."""
        with self._lock:
            self._settle_dropped()
            self._allocator.reclaim(lessee)

    def in_use(self) -> int:
        """How many blocks are kept or lent."""
        with self._lock:
            self._settle_dropped()
            self._settle_returned()
            return self._allocator.in_use()

    def _settle_dropped(self) -> None:
        while self._dropped:
            self._allocator.drop(self._dropped.popleft())

    def _settle_returned(self) -> None:
        for block in self._allocator.lent():
            if self._words[block.slot] == block.stamp:
                self._allocator.returned(block)

    def _grow_to(self, end: int) -> bool:
        end = min(-(-end // _GROW_BY) * _GROW_BY, self.segment.size)
        try:
            self.segment.commit(self._committed, end - self._committed)
        except OSError:
            return False
        self._committed = end
        return True


class Window:
    """A lessee's side."""

    def __init__(self, segment: Segment) -> None:
        self._segment = segment
        self._words = _words(segment)

    def lease(self, block: Block) -> Lease:
        lease = Lease.from_address(self._segment.address + block.first)
        lease.begin(self._segment, self._words, block)
        return lease


class Lease(Everything):
    """The right to see a block, which ends with this object.

    Whatever is made of its `content` holds it: a view and its slices, an array, a storage. A ctypes
    array it is because pure Python has no other buffer that tells of its end.
    """

    def begin(self, segment: Segment, words: Any, block: Block) -> None:
        self._segment = segment  # which keeps the memory mapped
        self._words = words
        self._block = block
        self._process = os.getpid()

    def content(self) -> memoryview:
        """The block's bytes."""
        return first_bytes(self, self._block.size)

    def __del__(self, _getpid: Any = os.getpid) -> None:
        if self._process == _getpid():  # the lease of a fork's parent is not the fork's to end
            self._words[self._block.slot] = self._block.stamp


def _words(segment: Segment) -> Any:
    return (ctypes.c_uint64 * _SLOTS).from_address(segment.address)
