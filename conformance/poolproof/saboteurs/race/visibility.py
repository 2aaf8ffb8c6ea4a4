"""Arrays that show what is old, or what nobody wrote."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from poolproof.saboteurs.contexts import SpoiledContext, bad_context


class _Array:
    """An honest array; picklable, so no __getattr__."""

    def __init__(self, honest: Any) -> None:
        self.honest = honest

    def __len__(self) -> int:
        return len(self.honest)

    def __getitem__(self, place: int) -> Any:
        return self.honest[place]

    def __setitem__(self, place: int, value: Any) -> None:
        self.honest[place] = value

    def __iter__(self) -> Iterator[Any]:
        return iter(list(self.honest))


class _StaleArray(_Array):
    _copy: list[Any] | None = None

    def __iter__(self) -> Iterator[Any]:
        before, self._copy = self._copy, list(self.honest)
        return iter(before or self._copy)


class _TornArray(_Array):
    def __setitem__(self, place: int, value: Any) -> None:
        self.honest[place] = self.honest[place] & ~0xFF | value & 0xFF
        time.sleep(0.0002)
        self.honest[place] = value


class _StaleArrays(SpoiledContext):
    def RawArray(self, kind: Any, size: int) -> Any:
        return _StaleArray(self.honest.RawArray(kind, size))


class _TornArrays(SpoiledContext):
    def RawArray(self, kind: Any, size: int) -> Any:
        return _TornArray(self.honest.RawArray(kind, size))


SABOTEURS = (
    bad_context(
        "RACE-11",
        "shows-an-older-copy",
        "Whoever reads a whole array gets what it held when it was last read.",
        "was published under the lock",
        _StaleArrays,
    ),
    bad_context(
        "RACE-12",
        "writes-in-two-pieces",
        "The lowest byte of a slot is written a moment before the others.",
        "pieces of two values",
        _TornArrays,
    ),
)
