"""Arrays that show what is old, or what nobody wrote."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from poolproof.saboteurs.contexts import SpoiledContext, Target, bad_context, bad_targets
from poolproof.saboteurs.race.basics import NoLock
from poolproof.tasks_race_memory import Slots


class Array:
    """An honest array; picklable, so no __getattr__."""

    def __init__(self, honest: Any) -> None:
        self.honest = honest

    def __len__(self) -> int:
        return len(self.honest)

    def __getitem__(self, place: Any) -> Any:
        return self.honest[place]

    def __setitem__(self, place: Any, value: Any) -> None:
        self.honest[place] = value

    def __iter__(self) -> Iterator[Any]:
        return iter(list(self.honest))


class _StaleArray(Array):
    _copy: list[Any] | None = None

    def __iter__(self) -> Iterator[Any]:
        before, self._copy = self._copy, list(self.honest)
        return iter(before or self._copy)


class _TornArray(Array):
    _number = 0

    def __setitem__(self, place: Any, value: Any) -> None:
        self._number += 1
        if self._number % 50 == 0 and isinstance(place, int):
            self.honest[place] = self.honest[place] & ~0xFF | value & 0xFF
            time.sleep(0.0005)
        self.honest[place] = value


class SpoiledArrays(SpoiledContext):
    """Whose arrays are wrapped by `spoiled`."""

    spoiled: type[Array]

    def RawArray(self, kind: Any, size: int) -> Any:
        honest = self.honest.RawArray(kind, size)
        return honest if kind == "B" else self.spoiled(honest)  # bytes are looked at as memory


class _StaleArrays(SpoiledArrays):
    spoiled = _StaleArray


class _TornArrays(SpoiledArrays):
    spoiled = _TornArray


class _UnguardedArrays(SpoiledContext):
    def Array(self, kind: Any, size: int) -> Any:
        return self.honest.Array(kind, size, lock=NoLock())


@dataclass(frozen=True)
class _WithCopies:
    """A target that gets its own copies of tensors."""

    target: Target

    def __call__(self, address: Any, arrays: Sequence[Slots], *more: Any) -> None:
        copies = [replace(slots, array=slots.array.clone()) for slots in arrays]
        self.target(address, copies, *more)


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
        "Of every 50th slot that a process writes, the lowest byte comes before the others.",
        "pieces of two values",
        _TornArrays,
    ),
    bad_context(
        "RACE-16",
        "leaves-arrays-unguarded",
        "The lock of an Array lets everybody in.",
        "were read as half version",
        _UnguardedArrays,
    ),
    bad_targets(
        "RACE-17",
        "copies-tensors-for-processes",
        "A process gets a copy of each shared tensor.",
        "after its writer had ended",
        _WithCopies,
    ),
)
