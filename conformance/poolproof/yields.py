"""The processor given away in the middle of something, where a missing order would show."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from functools import partial
from typing import Any

# Lets another process have this core, if one wants it. (On Windows time.sleep(0) does that; on
# POSIX it comes back at once.)
give_way: Callable[[], Any] = getattr(os, "sched_yield", partial(time.sleep, 0))


class Yields:
    """Gives the processor away at some of the points that a task names, by a seed of the plan."""

    def __init__(self, seed: int, member: int, longest_us: int) -> None:
        self._random = random.Random(f"{seed}/{member}")
        self._longest_s = longest_us / 1e6

    def here(self, share: float = 0.2) -> None:
        """At this point, `share` of the times, for a time between none and the longest."""
        if self._random.random() < share:
            time.sleep(self._random.random() * self._longest_s)
