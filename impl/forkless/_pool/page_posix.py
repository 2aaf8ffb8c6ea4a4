"""A page that a worker shares with its pool, on POSIX systems: a file without a name.

It is still there after SIGKILL, and ends with its last mapping.
"""

from __future__ import annotations

import mmap
import os
import sys
import tempfile
from multiprocessing import reduction
from typing import Any

assert sys.platform != "win32"  # for the type checker

_SIZE = 1 << 16


class Page:
    """`view` is its bytes, zero at first."""

    def __init__(self, descriptor: int | None = None) -> None:
        self._descriptor = _anonymous_file(_SIZE) if descriptor is None else descriptor
        self._map = mmap.mmap(self._descriptor, _SIZE)
        self.view = memoryview(self._map)

    def __reduce__(self) -> tuple[Any, ...]:
        return _attach, (reduction.DupFd(self._descriptor),)

    def handed_over(self) -> None:
        """The worker has it: the mapping is enough from now on."""
        os.close(self._descriptor)

    def close(self) -> None:
        self.view.release()
        self._map.close()


def _attach(descriptor: Any) -> Page:
    page = Page(descriptor.detach())
    page.handed_over()
    return page


def _anonymous_file(size: int) -> int:
    if sys.platform == "linux":
        descriptor = os.memfd_create("forkless-page")
    else:
        with tempfile.TemporaryFile() as file:
            descriptor = os.dup(file.fileno())
    os.ftruncate(descriptor, size)
    return descriptor
