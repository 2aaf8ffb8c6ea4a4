"""What the RACE rules on what a message holds run in workers: blocks that are kept, and locks."""

from __future__ import annotations

from collections import deque
from typing import Any

from poolproof import journal
from poolproof.history import Kind

RESULT = 1 << 32  # added to a task's number: the stamp of the block that it returns
_kept: deque[tuple[int, Any]] = deque()


def stamped(size: int, generation: int) -> Any:
    """An array of `size` bytes, each word of which is the generation's number."""
    import numpy as np

    return np.full(size // 8, generation, dtype=np.int64)


def strangers(block: Any, generation: int) -> list[int]:
    """A few words of the block that are not of this generation: none, if nobody else used it."""
    found = block[block != generation][:3]
    return [int(word) for word in found]


def keep_block(folder: str, key: int, block: Any, most: int) -> Any:
    """Look at this block, and at the `most` that came before it and are kept; return another."""
    _kept.append((key, block))
    for generation, kept in _kept:
        if seen := strangers(kept, generation):
            journal.record(folder, Kind.INFO, "overwritten", [generation, key], seen)
    while len(_kept) > most:
        _kept.popleft()
    return stamped(block.nbytes, RESULT + key)


def take(guard: Any) -> bool:
    """Take a lock that came as an argument, and give it back."""
    with guard:
        return True
