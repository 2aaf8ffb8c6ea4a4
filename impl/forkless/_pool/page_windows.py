"""A page that a worker shares with its pool, on Windows: a section by a name nobody can guess.

It is still there after TerminateProcess, and ends with its last handle.
"""

from __future__ import annotations

import mmap
import secrets
import sys
from typing import Any

assert sys.platform == "win32"  # for the type checker

_SIZE = 1 << 16


class Page:
    """`view` is its bytes, zero at first."""

    def __init__(self, name: str | None = None) -> None:
        self._name = name or f"forkless-{secrets.token_hex(16)}"
        self._map = mmap.mmap(-1, _SIZE, tagname=self._name)
        self.view = memoryview(self._map)

    def __reduce__(self) -> tuple[Any, ...]:
        return Page, (self._name,)

    def handed_over(self) -> None:
        """The worker opens it by name, whenever it starts: nothing to give back yet."""

    def close(self) -> None:
        self.view.release()
        self._map.close()
