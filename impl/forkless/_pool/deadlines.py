"""Deadlines: which worker is to be killed unless it has ended something by then.

Guarantees: a deadline that was cleared does not expire. Untimed tasks cost one look at an empty
dict.
Assumes: `set` comes before the task is sent, so before anybody can `clear` it; all but `set` are
called on the manager thread.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .keeper import Worker


class Deadlines:
    def __init__(self) -> None:
        self._ends: dict[Worker, float] = {}

    def set(self, worker: Worker, seconds: float) -> None:
        self._ends[worker] = time.monotonic() + seconds

    def clear(self, worker: Worker) -> None:
        if self._ends:
            self._ends.pop(worker, None)

    def next(self) -> float | None:
        """Seconds until the first deadline; None when there is none."""
        if not self._ends:
            return None
        # A copy: a submitting thread may set one meanwhile; it wakes the manager afterwards.
        return max(0.0, min(list(self._ends.values())) - time.monotonic())

    def take_expired(self) -> list[Worker]:
        """The workers whose time is up, each once."""
        if not self._ends:
            return []
        now = time.monotonic()
        expired = [worker for worker, end in list(self._ends.items()) if end <= now]
        for worker in expired:
            del self._ends[worker]
        return expired
