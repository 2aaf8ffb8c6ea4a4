"""What the RACE rules on shared memory run in processes: one writes versions, others read them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from poolproof import journal
from poolproof.gate import Address, wait_at
from poolproof.history import Kind
from poolproof.yields import Yields


@dataclass(frozen=True)
class Slots:
    """An array or tensor of which all that is written are multiples of `stride`."""

    array: Any
    stride: int

    def write(self, rounds: int) -> None:
        """Count every slot up."""
        for number in range(1, rounds + 1):
            for place in range(len(self.array)):
                self.array[place] = number * self.stride


class _Reader:
    """Reads slots over and over, and remembers the newest of each."""

    def __init__(self, slots: Slots) -> None:
        self._slots = slots
        self.newest = [0] * len(slots.array)

    def read(self) -> tuple[int, int, int] | None:
        """Read each once: a place whose value cannot be right, the value, the one before."""
        array, stride = self._slots.array, self._slots.stride
        for place, before in enumerate(self.newest):
            value = int(array[place])
            if value % stride or value < before:
                return place, value, before
            self.newest[place] = value
        return None


def write_versions(address: Address, arrays: Sequence[Slots], rounds: int) -> None:
    """Count all slots up, one array after the other, without any lock."""
    wait_at(address)
    for slots in arrays:
        slots.write(rounds)


def read_versions(
    address: Address, arrays: Sequence[Slots], ended: Any, folder: str, member: int
) -> None:
    """Read all slots, once more after the writer has ended, or until one cannot be right."""
    readers = [_Reader(slots) for slots in arrays]
    wait_at(address)
    over = False
    while not over:
        over = bool(ended.value)  # looked at first: what is read then, nobody changes any more
        for number, reader in enumerate(readers):
            odd = reader.read()
            if odd is not None:
                place, value, before = odd
                journal.record(folder, Kind.INFO, "odd", [number, place], [value, before])
                return
    last = [min(reader.newest) for reader in readers]
    journal.record(folder, Kind.INFO, "last", member, last)


@dataclass(frozen=True)
class Place:
    """Some bytes of shared memory, in two halves, and the lock that guards them."""

    memory: Any
    start: int
    width: int
    guard: AbstractContextManager[Any]

    @property
    def halves(self) -> tuple[slice, slice]:
        """Where they lie."""
        middle = self.start + self.width // 2
        return slice(self.start, middle), slice(middle, self.start + self.width)

    def view(self) -> memoryview:
        """The memory as bytes."""
        return memoryview(self.memory).cast("B")


def write_halves(address: Address, places: Sequence[Place], rounds: int, yields: Yields) -> None:
    """Count both halves up, under the lock; between them, somebody else may have the processor."""
    wait_at(address)
    for place in places:
        view = place.view()
        for number in range(1, rounds + 1):
            version = number.to_bytes(place.width // 2, "little")
            with place.guard:
                first, second = place.halves
                view[first] = version
                yields.here(share=0.5)
                view[second] = version


def read_halves(
    address: Address,
    places: Sequence[Place],
    rounds: int,
    yields: Yields,
    folder: str,
    member: int,
) -> None:
    """Read both halves under the lock until they have the last version, or cannot be right."""
    wait_at(address)
    for number, place in enumerate(places):
        view = place.view()
        before = 0
        while before < rounds:
            with place.guard:
                first, second = (int.from_bytes(view[half], "little") for half in place.halves)
            if first != second or first < before:
                odd = [first, second, before]
                journal.record(folder, Kind.INFO, "odd", [number, member], odd)
                return
            before = first
            yields.here()
    journal.record(folder, Kind.INFO, "last", member, rounds)
