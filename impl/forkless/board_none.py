"""Systems on which a board could be found by others only under a name that anyone may use."""

from __future__ import annotations

import mmap
from collections.abc import Callable, Iterator


def make(size: int) -> mmap.mmap:
    """A board that nobody sees."""
    return mmap.mmap(-1, size)


def open_all(size: int) -> Iterator[Callable[[], bytes]]:
    """Raises NotImplementedError."""
    raise NotImplementedError(
        "on this system the servers of other programs cannot be seen; ask within the program that "
        "uses forkless: print(forkless.status(memory=True))"
    )
