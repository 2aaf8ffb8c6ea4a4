"""How long each value was in a container: what queues and stacks have in common.

From the end of its put to the call of its get a value was certainly there. Where no value was, a
queue or stack that is linearizable at all can have been empty: whatever was put in before that
instant can have come out before it, or gone in after it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from .operations import NEVER, Answer, Operation, illegal


@dataclass(frozen=True, slots=True)
class Stay:
    """A value, how it went in and, if it did, how it came out."""

    value: Any
    put: Operation
    got: Operation | None

    @property
    def since(self) -> float:
        """From then on it was certainly inside, until..."""
        return self.put.end

    @property
    def until(self) -> float:
        """...then. Not before `since` if its put and get overlap."""
        return NEVER if self.got is None else self.got.call

    @property
    def gone(self) -> float:
        """From then on it was certainly outside."""
        return NEVER if self.got is None else self.got.end


@dataclass(frozen=True)
class Container:
    """What stayed, the gets that found nothing, and those whose end nobody saw."""

    stays: list[Stay]
    empties: list[Operation]
    lost: list[Operation]


def contain(operations: Iterable[Operation], put: str, get: str) -> Container | Answer:
    """Pair puts and gets of unique values; or the answer, if a value came out that was not in.

    Raises:
        ValueError: two puts of one value, a put of None, or an operation of another name.
    """
    puts: dict[Any, Operation] = {}
    gets: list[Operation] = []
    for operation in operations:
        if operation.name == get:
            gets.append(operation)
        elif operation.name != put:
            raise ValueError(f"{operation}: this checker knows {put!r} and {get!r}")
        elif operation.argument is None or operation.argument in puts:
            raise ValueError(f"{operation}: values must be unique, and None says 'empty'")
        else:
            puts[operation.argument] = operation
    got: dict[Any, Operation] = {}
    for taken in (g for g in gets if g.ended and g.result is not None):
        source = puts.get(taken.result)
        if source is None:
            return illegal(f"{taken}, and nobody ever put that", taken)
        if taken.end < source.call:
            return illegal(f"{taken} ended before {source} began", taken, source)
        if taken.result in got:
            return illegal(f"{got[taken.result]} and {taken}: it came out twice",
                           got[taken.result], taken)  # fmt: skip
        got[taken.result] = taken
    return Container(
        # A put that nobody saw the end of, of a value that nobody saw, can have had no effect.
        [Stay(v, p, got.get(v)) for v, p in puts.items() if p.ended or v in got],
        [g for g in gets if g.ended and g.result is None],
        [g for g in gets if not g.ended],
    )


@dataclass(slots=True)
class Stretch:
    """A longest open stretch of time throughout which something was certainly inside."""

    start: float
    end: float
    stays: list[Stay]


def stretches(stays: Iterable[Stay]) -> list[Stretch]:
    """The stretches that `stays` make up, in the order of time."""
    found: list[Stretch] = []
    for stay in sorted((s for s in stays if s.since < s.until), key=lambda stay: stay.since):
        if found and stay.since < found[-1].end:
            found[-1].stays.append(stay)
            found[-1].end = max(found[-1].end, stay.until)
        else:
            found.append(Stretch(stay.since, stay.until, [stay]))
    return found


def never_empty(empties: Iterable[Operation], full: Sequence[Stretch]) -> Answer | None:
    """The contradiction, if one of `empties` found nothing while something was there throughout."""
    starts = [stretch.start for stretch in full]
    for empty in empties:
        place = bisect_left(starts, empty.call) - 1  # the last that began before it was called
        if place >= 0 and empty.end < full[place].end:
            there = full[place].stays
            names = ", ".join(repr(stay.value) for stay in there[:3]) + ", ..." * (len(there) > 3)
            return illegal(
                f"{empty} found nothing, and all that time something was there ({names})",
                empty, *(stay.put for stay in there[:3]),
            )  # fmt: skip
    return None


def earliest_loss(container: Container) -> Container:
    """The same, as if each value still inside had come out at the first get without an end."""
    first = min(container.lost, key=lambda operation: operation.call)
    stays = [Stay(s.value, s.put, s.got or first) for s in container.stays]
    return Container(stays, container.empties, [])
