"""Shared memory that belongs to all who have it, on Windows: a section without a name.

Guarantees
- All of it is had from the system's commit limit when it is made, or OSError.
- Whoever has it may send it on. It ends with the last process that has it, however that ends.
"""

from __future__ import annotations

import sys
from multiprocessing import context
from typing import Any

from . import segment_windows as segment

assert sys.platform == "win32"  # for the type checker


class SharedBytes:
    """`size` bytes from `address` on, zero when they are made, for as long as this object lives."""

    def __init__(self, size: int, handle: int | None = None) -> None:
        self.size = size
        self._handle = segment.section(size) if handle is None else handle
        self.address = segment.map_section(self._handle, size)

    def __reduce__(self) -> tuple[Any, ...]:
        context.assert_spawning(self)
        process = context.get_spawning_popen()
        assert process is not None  # or it would have raised
        return SharedBytes, (self.size, process.duplicate_for_child(self._handle))

    def __del__(self, _unmap: Any = segment.unmap, _close: Any = segment.close) -> None:
        if getattr(self, "address", 0):
            _unmap(self.address)
        if getattr(self, "_handle", 0):
            _close(self._handle)
