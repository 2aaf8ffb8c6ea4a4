"""What a spare takes, measured once one is warm, and how many more there is room for now.

Of a CUDA device the server knows what spares with a context on it tell: as it was when the last of
them had warmed up.

It reads files of the system (a few hundred microseconds; milliseconds for the first spare of its
kind), so it is asked when a spare is to be made, and without a lock. Assumes: one thread asks.
"""

from __future__ import annotations

from collections.abc import Sequence

from . import limits
from .messages import Device
from .recipe import Recipe
from .reserve import Held, Spare
from .room import NO_LIMIT, PRESUMED, Available, Room, room_for


class Survey:
    """Remembers the size of the kind of spare that was asked about last."""

    def __init__(self) -> None:
        self._recipe: Recipe | None = None
        self._each: int | None = None
        self._made_as: type[Held] | None = None
        self._device: Device | None = None

    def room(self, recipe: Recipe, spares: Sequence[Spare]) -> Room:
        """Room for spares of *recipe*, of which there are *spares* already."""
        if recipe != self._recipe:
            self._recipe, self._each, self._made_as, self._device = recipe, None, None, None
        warm = [spare for spare in spares if spare.ready]
        # What was forked takes little; the same made as a process takes all that it imports.
        if warm and type(warm[-1].process) is not self._made_as:
            self._made_as = type(warm[-1].process)
            self._each = limits.private_memory(warm[-1].process.pid) or PRESUMED
        available = limits.available_memory()
        memory = NO_LIMIT if available is None else room_for(self._each, len(warm), available)
        return min(memory, self._room_on_device(warm), key=lambda room: room.make)

    def _room_on_device(self, warm: Sequence[Spare]) -> Room:
        seen = [spare.device for spare in warm if spare.device is not None]
        self._device = seen[-1] if seen else self._device
        if self._device is None:
            return NO_LIMIT
        available = Available(self._device.free, "its CUDA device")
        return room_for(self._device.taken, len(seen), available)
