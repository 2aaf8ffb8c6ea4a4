"""Shared memory that belongs to all who have it, on Windows: a section without a name.

Guarantees
- All of it is had from the system's commit limit when it is made, or OSError.
- Whoever has it may send it on. It ends with the last process that has it, however that ends.
"""

from __future__ import annotations

import sys
from multiprocessing import context, reduction, resource_sharer
from typing import Any

from . import segment_windows as segment
from .raw import bytes_of

assert sys.platform == "win32"  # for the type checker

_sharer: Any = vars(resource_sharer)["_resource_sharer"]  # typeshed does not know it


class _DupHandle:
    """A handle for whoever unpickles this, once: what `resource_sharer.DupFd` is elsewhere."""

    def __init__(self, handle: int) -> None:
        copy = reduction.duplicate(handle)

        def send(connection: Any, pid: int) -> None:
            reduction.send_handle(connection, copy, pid)

        self._id = _sharer.register(send, lambda: segment.close(copy))

    def detach(self) -> int:
        with _sharer.get_connection(self._id) as connection:
            handle: int = reduction.recv_handle(connection)
            return handle


def _arrive(size: int, travelling: _DupHandle) -> SharedBytes:
    return SharedBytes(size, travelling.detach())


class SharedBytes:
    """`size` bytes from `address` on, zero when they are made, for as long as this object lives."""

    def __init__(self, size: int, handle: int | None = None) -> None:
        self.size = size
        self._handle = segment.section(size) if handle is None else handle
        self.address = segment.map_section(self._handle, size)

    def content(self) -> memoryview:
        """The bytes. The view, and all that is made of it, keep the memory."""
        return bytes_of(self, self.address, self.size)

    def __reduce__(self) -> tuple[Any, ...]:
        process = context.get_spawning_popen()
        if process is None:
            return _arrive, (self.size, _DupHandle(self._handle))
        return SharedBytes, (self.size, process.duplicate_for_child(self._handle))

    def __del__(self, _unmap: Any = segment.unmap, _close: Any = segment.close) -> None:
        if getattr(self, "address", 0):
            _unmap(self.address)
        if getattr(self, "_handle", 0):
            _close(self._handle)
