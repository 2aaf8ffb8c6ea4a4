"""The processor given away in the middle of something, where a missing order would show."""

from __future__ import annotations

import random
import time


class Yields:
    """Gives the processor away at some of the points that a task names, by a seed of the plan."""

    def __init__(self, seed: int, member: int, longest_us: int) -> None:
        self._random = random.Random(f"{seed}/{member}")
        self._longest_s = longest_us / 1e6

    def here(self, share: float = 0.2) -> None:
        """At this point, `share` of the times, for a time between none and the longest."""
        if self._random.random() < share:
            time.sleep(self._random.random() * self._longest_s)
