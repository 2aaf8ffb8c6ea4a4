"""The spares that a server keeps, and how many of which kind it should make next.

Pure bookkeeping: it starts and ends nothing. Assumes: its owner holds one lock around every call.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from . import limits, lookups
from .demand import Demand, default_bounds
from .messages import Bounds, Device, Warm
from .recipe import Recipe
from .room import NOT_LOOKED, Room
from .system import channel


class Held(Protocol):
    """A process that the server, or a template of its, is the parent of."""

    @property
    def pid(self) -> int:
        """Its id, which is nobody else's until `wait` has returned."""

    def wait(self) -> int | None:
        """Its exit code once it has ended; None if nobody can know."""

    def kill(self) -> None:
        """End it, unless it has ended."""


@dataclass(eq=False)
class Spare:
    """An interpreter that waits, or will wait, for a process object."""

    recipe: Recipe
    process: Held
    ends: channel.SpareEnds
    ready: bool = False
    device: Device | None = None
    watcher: threading.Thread | None = None
    environ: Mapping[str, str] = field(default_factory=dict)  # in which it does its preload
    looked_up: tuple[str, ...] = ()

    def serves(self, wanted: Warm) -> bool:
        """Whether it did its preload as a process of *wanted* would; if that is known already."""
        if self.recipe != wanted.recipe:
            return False
        if not self.ready:
            return self.environ == wanted.environ
        return lookups.same(self.looked_up, self.environ, wanted.environ)


class Reserve:
    """Spares that nobody has asked for yet: as many as demand wishes and memory has room for."""

    def __init__(self, bounds: Bounds | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._demand = Demand(bounds or default_bounds(), clock)
        self._goal: Warm | None = None
        self._other: Recipe | None = None  # what was asked for last, if that is not the goal's
        self._room = NOT_LOOKED
        self._pace = max(1, limits.cores() // 2)
        self.spares: list[Spare] = []

    @property
    def wished(self) -> int:
        """How many spares there would be if memory were endless."""
        return self._demand.wished()

    @property
    def size(self) -> int:
        """How many spares there should be."""
        return self._room.size(self.wished, held=len(self._useful()))

    @property
    def reason(self) -> str:
        """Why it is smaller than wished; empty if it is not."""
        return self._room.reason if self.size < self.wished else ""

    @property
    def goal(self) -> Warm | None:
        """What spares are kept of now."""
        return self._goal

    def follow(self, wanted: Warm) -> None:
        """Keep spares of what is asked for: of another recipe from its second time in a row on.

        A caller that gives each child a device of its own by the environment, or goes to a folder
        and back, would find at each start that the spares were for the one before. Only what they
        could have served counts as demand.
        """
        if self._goal is None or wanted.recipe in (self._goal.recipe, self._other):
            self._demand.note_start()
            self.aim(wanted)
        else:
            self._other = wanted.recipe

    def aim(self, goal: Warm) -> None:
        """Keep spares of *goal* from now on."""
        if self._goal is None or self._goal.recipe != goal.recipe:
            self._room = NOT_LOOKED  # others may be larger
        self._goal, self._other = goal, None

    def bound(self, bounds: Bounds | None) -> None:
        """Keep within *bounds*; None: within the default ones."""
        self._demand.bounds = bounds or default_bounds()

    def keep_at_least(self, count: int) -> None:
        """Wish for *count* spares or more, and look anew what there is room for."""
        self._room = NOT_LOOKED
        self._demand.bounds = self._demand.bounds.at_least(count)

    def take(self, wanted: Warm) -> Spare | None:
        """A spare for *wanted*: a ready one, else the one that has warmed longest."""
        ready_first = sorted(self.spares, key=lambda spare: not spare.ready)
        spare = next((spare for spare in ready_first if spare.serves(wanted)), None)
        if spare is not None:
            self.spares.remove(spare)
        return spare

    def ready(self, wanted: Warm) -> int:
        """How many spares of *wanted* are warm."""
        return sum(spare.ready for spare in self._fitting(wanted))

    def short(self) -> list[Spare] | None:
        """The spares there are, if there should be more of them were there room; else None."""
        useful = self._useful()
        return useful if self._goal is not None and len(useful) < self.wished else None

    def fit(self, room: Room) -> None:
        """Keep within *room*."""
        self._room = room

    def surplus(self) -> list[Spare]:
        """Remove and return what nobody wishes for, or what there is no room for."""
        keep = self._useful()[: self.size]
        surplus = [spare for spare in self.spares if spare not in keep]
        self.spares = keep
        return surplus

    def next_to_make(self, others_warming: int) -> Warm | None:
        """What to make now, if anything: few at a time, so that the running program has room.

        *others_warming*: processes that were started without a spare, and import for themselves
        now. They come first; but one spare may always warm up, else a busy machine would have none.
        Spares warm up at everybody's priority: a lower one could never be undone without privilege.
        """
        warming = sum(not spare.ready for spare in self.spares)
        at_once = max(1, self._pace - others_warming) if self._room.measured else 1
        if len(self.spares) >= self.size or warming >= at_once:
            return None
        return self._goal

    def is_full(self, wanted: Warm) -> bool:
        """Are all spares of *wanted* warm that memory has room for, though more are wished for?"""
        if self._goal is None or self._goal.recipe != wanted.recipe or self.size >= self.wished:
            return False
        warm = self.ready(wanted)
        # The first that is warm will be measured, and there may be room for more than presumed.
        return warm >= self.size and (self._room.measured or warm == 0)

    def seconds_until_less(self) -> float | None:
        """When there may be too many if nobody asks for one until then; None: never."""
        return self._demand.seconds_until_less() if self.spares else None

    def clear(self) -> list[Spare]:
        """Remove and return all spares, and want no more."""
        self._goal = None
        return self.surplus()

    def _useful(self) -> list[Spare]:
        return self._fitting(self._goal) if self._goal is not None else []

    def _fitting(self, wanted: Warm) -> list[Spare]:
        """What may serve *wanted*: of one that still warms up it is not known what it looks up."""
        return [
            spare
            for spare in self.spares
            if spare.serves(wanted) or (spare.recipe == wanted.recipe and not spare.ready)
        ]
