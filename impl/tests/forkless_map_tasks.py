"""What the tests of `map` run in workers."""

from __future__ import annotations

import os
from pathlib import Path

_seen: list[int] = []


def seen_so_far(x: int) -> list[int]:
    """A list that the next task changes."""
    _seen.append(x)
    return _seen


def raise_then_leave(x: int) -> int:
    """The task of 1 raises; that of 3 takes the worker with it."""
    if x == 1:
        raise ValueError("one")
    if x == 3:
        os._exit(3)
    return x


def note_or_leave(item: tuple[str, int]) -> int:
    """Note the number in the file; the task of 3 takes the worker with it."""
    path, x = item
    with Path(path).open("a", encoding="ascii") as log:
        log.write(f"{x}\n")
    if x == 3:
        os._exit(3)
    return x


def power(exponent: int) -> int:
    return 1 << exponent


def text(length: int) -> str:
    """Of characters that take four bytes each."""
    return "\U0001f600" * length
