"""Waiting for descriptors on POSIX systems other than Linux: poll."""

from __future__ import annotations

import math
import select
import sys

assert sys.platform != "win32"  # for the type checker


class Waiter:
    """All calls come from the thread that waits."""

    def __init__(self) -> None:
        self._poll = select.poll()

    def watch(self, descriptor: int, events: int) -> None:
        self._poll.register(descriptor, events)

    def ignore(self, descriptor: int) -> None:
        self._poll.unregister(descriptor)

    def set_events(self, descriptor: int, events: int) -> bool:
        """False: poll looks at what it was given when it began to wait."""
        return False

    def wait(self, seconds: float | None) -> list[tuple[int, int]]:
        """Descriptors and what is with them; none after `seconds`."""
        return self._poll.poll(None if seconds is None else math.ceil(seconds * 1000))
