"""Mutual exclusion: never more holders at once than there are places."""

from __future__ import annotations

import heapq
from collections.abc import Hashable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Hold:
    """From after an acquire to before its release, stamped by the holder itself."""

    start_ns: int
    end_ns: int
    holder: Hashable


def crowd(holds: Iterable[Hold], places: int = 1) -> tuple[Hold, ...] | None:
    """The first holders seen together that are more than `places`, or None.

    Exact, in n log n. Stamps are taken inside the critical section, so a right lock orders them;
    equal stamps (a coarse clock) count as "one after the other", which accuses nobody.
    """
    inside: list[tuple[int, int, Hold]] = []
    ordered = sorted(holds, key=lambda h: (h.start_ns, h.end_ns))
    for number, hold in enumerate(ordered):
        while inside and inside[0][0] <= hold.start_ns:
            heapq.heappop(inside)
        heapq.heappush(inside, (hold.end_ns, number, hold))
        if len(inside) > places:
            return tuple(entry[2] for entry in sorted(inside))
    return None
