"""Counters that go up by one, decided in n log n.

`take` answers the old value, so that each operation names its own place in the order; `add` answers
nothing, and is put between two reads wherever it fits, the most urgent first.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from itertools import pairwise

from .operations import LEGAL, NEVER, Answer, Operation, before, by_call, illegal


def counter(operations: Iterable[Operation], initial: int = 0) -> Answer:
    """Is a history of ``add()`` and ``read() -> value`` linearizable?

    Raises:
        ValueError: an operation of another name.
    """
    adds, reads = _split(operations, "add", "read")
    reads = sorted((r for r in reads if r.ended), key=lambda read: read.result)
    crossed = _crossed(reads)
    if crossed is not None:
        late, early = crossed
        return illegal(f"{late} ended before {early} began, and a counter never sinks", late, early)
    levels = sorted({read.result for read in reads})
    if levels and levels[0] < initial:
        return illegal(f"{reads[0]}, though it began at {initial}", reads[0])
    return _distributed(by_call(adds), reads, levels, initial)


def tickets(operations: Iterable[Operation], initial: int = 0) -> Answer:
    """Is a history of ``take() -> old value`` linearizable? Each adds 1.

    Raises:
        ValueError: an operation of another name.
    """
    takes, _ = _split(operations, "take", "take")
    seen = sorted((t for t in takes if t.ended), key=lambda take: take.result)
    for one, other in pairwise(seen):
        if one.result == other.result:
            return illegal(f"{one} and {other}: one number was given twice", one, other)
    if seen and seen[0].result < initial:
        return illegal(f"{seen[0]}, though it began at {initial}", seen[0])
    crossed = _crossed(seen)
    if crossed is not None:
        late, early = crossed
        return illegal(f"{late} ended before {early} began, and numbers only rise", late, early)
    return _holes_filled(seen, [t for t in takes if not t.ended], initial)


def _split(
    operations: Iterable[Operation], first: str, second: str
) -> tuple[list[Operation], list[Operation]]:
    found: dict[str, list[Operation]] = {first: [], second: []}
    for operation in operations:
        if operation.name not in found:
            raise ValueError(f"{operation}: this checker knows {' and '.join(found)}")
        found[operation.name].append(operation)
    return found[first], found[second]


def _crossed(ordered: Sequence[Operation]) -> tuple[Operation, Operation] | None:
    """Two operations of which the one with the larger result ended before the other was called."""
    latest: Operation | None = None  # called, among those with smaller results
    start = 0
    for end in range(1, len(ordered) + 1):
        if end < len(ordered) and ordered[end].result == ordered[start].result:
            continue
        group = ordered[start:end]
        first_ended = min(group, key=lambda operation: operation.end)
        if latest is not None and before(first_ended, latest):
            return first_ended, latest
        latest = max((*group, *([latest] if latest else [])), key=lambda operation: operation.call)
        start = end
    return None


def _holes_filled(seen: list[Operation], lost: list[Operation], initial: int) -> Answer:
    """Can takes whose end nobody saw have had the numbers that nobody got?"""
    lost = by_call(lost)
    used = 0
    soonest: list[Operation] = []  # to end, among those with this result or a larger one
    for take in reversed(seen):
        soonest.append(take if not soonest or take.end < soonest[-1].end else soonest[-1])
    soonest.reverse()
    expected = initial
    for take, urgent in zip(seen, soonest, strict=True):
        for number in range(expected, take.result):
            if used == len(lost):
                return illegal(f"{take}, and nobody took {number}", take)
            if before(urgent, lost[used]):
                return illegal(
                    f"{urgent}, and whoever may have taken {number} began later: {lost[used]}",
                    urgent, lost[used],
                )  # fmt: skip
            used += 1
        expected = take.result + 1
    return LEGAL


def _distributed(
    adds: list[Operation], reads: list[Operation], levels: list[int], initial: int
) -> Answer:
    """Is there a place for each add, with as many below each level as its reads say?

    An add that ended before a read of some level began is below it; one that began after such a
    read ended is above it. As no read contradicts another, the levels that an add may be below are
    a range, and both its bounds rise with time: the earliest deadline first is as good as any.
    """
    calls = _running(levels, reads, last_call=True)
    ends = _running(levels, reads, last_call=False)
    lowest = [bisect_left(ends, add.call) for add in adds]
    highest = [bisect_right(calls, add.end) for add in adds]
    for add, low, high in zip(adds, lowest, highest, strict=True):
        if low > high:  # read 0, add, read 0: it is above and below one level
            same = [read for read in reads if read.result == levels[high]]
            early = next(read for read in same if before(read, add))
            late = next(read for read in same if before(add, read))
            return illegal(f"{late} is the same as {early}, with {add} between", early, add, late)
    waiting: list[tuple[int, int]] = []  # (the level that it must be below, number)
    by_lowest = sorted((low, number) for number, low in enumerate(lowest))
    came = 0
    below = initial
    for place, level in enumerate(levels):
        while came < len(by_lowest) and by_lowest[came][0] <= place:
            number = by_lowest[came][1]
            heapq.heappush(waiting, (highest[number], number))
            came += 1
        while below < level:
            if not waiting:
                read = next(r for r in reads if r.result == level)
                return illegal(f"{read}, but only {below} can have been added by then", read)
            heapq.heappop(waiting)
            below += 1
        if waiting and waiting[0][0] <= place:
            add = adds[waiting[0][1]]
            read = next(r for r in reads if r.result == level and before(add, r))
            return illegal(
                f"{read} does not count {add}, which had ended before it began", read, add
            )
    return LEGAL


def _running(levels: list[int], reads: list[Operation], *, last_call: bool) -> list[float]:
    """Per level, rising: the latest call up to it, or the soonest end from it on."""
    per_level = dict.fromkeys(levels, -NEVER if last_call else NEVER)
    for read in reads:
        level = read.result
        if last_call:
            per_level[level] = max(per_level[level], read.call)
        else:
            per_level[level] = min(per_level[level], read.end)
    times = list(per_level.values())
    if last_call:
        for place in range(1, len(times)):
            times[place] = max(times[place], times[place - 1])
    else:
        for place in range(len(times) - 2, -1, -1):
            times[place] = min(times[place], times[place + 1])
    return times
