"""The spares that a server keeps, and how many of which kind it should make next.

Pure bookkeeping: it starts and ends nothing. Assumes: its owner holds one lock around every call.
"""

from __future__ import annotations

import os
import sys
import threading
from dataclasses import dataclass
from typing import Protocol

from .messages import Warm
from .recipe import Recipe
from .system import channel


def cores() -> int:
    """How many cores this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def default_size() -> int:
    """How many spares to keep: a burst as wide as the machine, but a torch spare takes 220 MB."""
    return min(8, max(2, cores()))


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
    watcher: threading.Thread | None = None


class Reserve:
    """Spares that nobody has asked for yet."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.goal: Warm | None = None
        self.spares: list[Spare] = []
        self._pace = max(1, cores() // 2)

    def take(self, recipe: Recipe) -> Spare | None:
        """A spare for *recipe*: a ready one, else the one that has warmed longest."""
        fitting = self._fitting(recipe)
        spare = next((s for s in fitting if s.ready), fitting[0] if fitting else None)
        if spare is not None:
            self.spares.remove(spare)
        return spare

    def ready(self, recipe: Recipe) -> int:
        """How many spares of *recipe* are warm."""
        return sum(spare.ready for spare in self._fitting(recipe))

    def surplus(self) -> list[Spare]:
        """Remove and return what the goal has no use for."""
        keep = self._fitting(self.goal.recipe)[: self.size] if self.goal else []
        surplus = [spare for spare in self.spares if spare not in keep]
        self.spares = keep
        return surplus

    def next_to_make(self) -> Warm | None:
        """What to make now, if anything: few at a time, so that the running program has room."""
        warming = sum(not spare.ready for spare in self.spares)
        if self.goal is None or len(self.spares) >= self.size or warming >= self._pace:
            return None
        return self.goal

    def clear(self) -> list[Spare]:
        """Remove and return all spares, and want no more."""
        self.goal = None
        return self.surplus()

    def _fitting(self, recipe: Recipe) -> list[Spare]:
        return [spare for spare in self.spares if spare.recipe == recipe]
