"""Waiting for descriptors on Linux: epoll, which heeds other threads' changes while it waits."""

from __future__ import annotations

import select
import sys

assert sys.platform == "linux"  # for the type checker


class Waiter:
    """`watch` and `ignore` come from the thread that waits; `set_events` from any."""

    def __init__(self) -> None:
        self._epoll = select.epoll()

    def watch(self, descriptor: int, events: int) -> None:
        self._epoll.register(descriptor, events)

    def ignore(self, descriptor: int) -> None:
        self._epoll.unregister(descriptor)

    def set_events(self, descriptor: int, events: int) -> bool:
        """Wait for these from now on, and for its end in any case. False: not watched any more."""
        try:
            self._epoll.modify(descriptor, events)
        except FileNotFoundError:
            return False
        return True

    def wait(self, seconds: float | None) -> list[tuple[int, int]]:
        """Descriptors and what is with them; none after `seconds`."""
        return self._epoll.poll(seconds)
