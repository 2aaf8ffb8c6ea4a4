"""Where new locks of a process go: many to a page of shared memory, which takes a descriptor."""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Callable
from typing import Generic, TypeVar

Page = TypeVar("Page")


class Places(Generic[Page]):
    """Numbers below `count` on pages from `make`. A page ends with the last lock that has it."""

    def __init__(self, make: Callable[[], Page], count: int) -> None:
        self._make = make
        self._count = count
        self._begin()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._begin)

    def _begin(self) -> None:
        """A fork has pages of its own: else both would use the same places."""
        self._lock = threading.Lock()
        self._page: weakref.ref[Page] | None = None
        self._next = 0

    def take(self) -> tuple[Page, int]:
        """No place is used twice: somebody may still see what was there."""
        with self._lock:
            page = None if self._page is None else self._page()
            if page is None or self._next == self._count:
                page = self._make()
                self._page, self._next = weakref.ref(page), 0
            self._next += 1
            return page, self._next - 1
