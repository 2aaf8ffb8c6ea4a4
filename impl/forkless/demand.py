"""How many spares to wish for: what was asked for of late, between a floor and a ceiling.

A spare serves a start that comes before another one can be made. So the measure is the burst: how
many starts came within BURST seconds, about what it takes to import torch. A loader that starts its
workers anew in each epoch is met from its second epoch on; a program that starts one process at a
time, now and then, keeps no more than the floor.

Pure bookkeeping. Assumes: its owner holds one lock around every call.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from . import limits
from .messages import Bounds

BURST = 2.0
REMEMBERED = 600.0

_WIDEST = 1024  # nobody keeps more spares; more starts are not counted


def default_bounds() -> Bounds:
    """Two, which is little to hold; and a burst twice as wide as the machine, if there was one."""
    return Bounds(2, min(32, max(8, 2 * limits.cores())))


@dataclass(frozen=True)
class _Burst:
    width: int
    at: float


class Demand:
    """The widest burst that is remembered; *clock* answers in seconds."""

    def __init__(self, bounds: Bounds, clock: Callable[[], float]) -> None:
        self.bounds = bounds
        self._clock = clock
        self._starts: deque[float] = deque(maxlen=_WIDEST)
        self._bursts: deque[_Burst] = deque()  # falling widths: each the widest since it was seen

    def note_start(self) -> None:
        """A process is asked for now."""
        now = self._clock()
        self._starts.append(now)
        while self._starts[0] <= now - BURST:
            self._starts.popleft()
        width = len(self._starts)
        while self._bursts and self._bursts[-1].width <= width:
            self._bursts.pop()
        self._bursts.append(_Burst(width, now))

    def wished(self) -> int:
        """How many spares there should be."""
        now = self._clock()
        while self._bursts and self._bursts[0].at + REMEMBERED <= now:
            self._bursts.popleft()
        widest = self._bursts[0].width if self._bursts else 0
        return min(max(widest, self.bounds.floor), self.bounds.ceiling)

    def seconds_until_less(self) -> float | None:
        """When the wish may shrink if nobody asks for anything until then; None: never."""
        if self.wished() <= self.bounds.floor:
            return None
        return max(0.0, self._bursts[0].at + REMEMBERED - self._clock())
