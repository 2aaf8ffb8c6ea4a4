"""What a spare takes, measured once one is warm, and how many more there is room for now.

It reads files of the system (a few hundred microseconds; milliseconds for the first spare of its
kind), so it is asked when a spare is to be made, and without a lock. Assumes: one thread asks.
"""

from __future__ import annotations

from collections.abc import Sequence

from . import limits
from .recipe import Recipe
from .reserve import Spare
from .room import NO_LIMIT, PRESUMED, Room, room_for


class Survey:
    """Remembers the size of the kind of spare that was asked about last."""

    def __init__(self) -> None:
        self._recipe: Recipe | None = None
        self._each: int | None = None

    def room(self, recipe: Recipe, spares: Sequence[Spare]) -> Room:
        """Room for spares of *recipe*, of which there are *spares* already."""
        if recipe != self._recipe:
            self._recipe, self._each = recipe, None
        warm = [spare.process.pid for spare in spares if spare.ready]
        if self._each is None and warm:
            self._each = limits.private_memory(warm[0]) or PRESUMED
        available = limits.available_memory()
        return NO_LIMIT if available is None else room_for(self._each, len(warm), available)
