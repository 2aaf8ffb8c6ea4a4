"""What the tests of large values through a pool run in its workers."""

from __future__ import annotations

import os
from typing import Any

_kept: list[Any] = []


def keep(value: Any) -> int:
    """Keep an argument beyond the end of the task; how many are kept."""
    _kept.append(value)
    return len(_kept)


def kept() -> list[Any]:
    """What was kept, and is no longer."""
    values = list(_kept)
    _kept.clear()
    return values


def ignore(_: Any) -> int:
    return os.getpid()


def fill(array: Any, value: float) -> Any:
    array[:] = value
    return array


def filled(size: int, value: int) -> bytes:
    return bytes([value]) * size


def die_at(value: Any, first: int) -> int:
    if value[0] == first:
        os._exit(3)
    return int(value[0]) + int(value[-1])


def spoil_and_die_once(array: Any, path: str) -> float:
    """The first time, overwrite the argument and die; the sum of what came."""
    total = float(array.sum())
    if not os.path.exists(path):
        with open(path, "x", encoding="ascii"):
            array[:] = 13
            os._exit(3)
    return total


def writeable(array: Any) -> tuple[bool, float]:
    return array.flags.writeable, float(array.sum())
