"""Order of a queue: what one producer put, each consumer gets in the order it was put."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Overtaking:
    """Two items of one producer that one consumer got in the wrong order."""

    consumer: Hashable
    producer: Hashable
    first: int  # what it got first, and should have got second
    second: int


def overtaking(consumer: Hashable, items: Iterable[tuple[Hashable, int]]) -> Overtaking | None:
    """The first item of `(producer, number)` pairs that was overtaken, or None.

    Numbers of one producer grow in the order in which it put them.
    """
    last: dict[Hashable, int] = {}
    for producer, number in items:
        if number < last.get(producer, number):
            return Overtaking(consumer, producer, last[producer], number)
        last[producer] = number
    return None
