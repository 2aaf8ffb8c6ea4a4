"""Shared memory on Windows: a section without a name, of which only a part holds memory yet.

Guarantees
- Memory is had at `commit` or not at all: a reserved section takes nothing from the system's
  commit limit before.
- It goes back to the system with the last process that has it mapped, as there is no name.

Assumes: Segments are pickled for a process that is being started, into which the handle goes at
once: nothing is left here if that process dies on its way.
"""

from __future__ import annotations

import ctypes
import sys
from ctypes import wintypes
from multiprocessing import context
from typing import Any

assert sys.platform == "win32"  # for the type checker

_ACCESS = 0xF001F  # FILE_MAP_ALL_ACCESS
_PAGE_READWRITE = 0x04
_SEC_RESERVE = 0x04000000
_SEC_COMMIT = 0x08000000
_MEM_COMMIT = 0x1000
_NOWHERE = ctypes.c_void_p(-1)

_kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
_create = _kernel32.CreateFileMappingW
_create.restype = wintypes.HANDLE
_create.argtypes = [
    wintypes.HANDLE,
    wintypes.LPVOID,
    wintypes.DWORD,
    wintypes.DWORD,
    wintypes.DWORD,
    wintypes.LPCWSTR,
]
_map = _kernel32.MapViewOfFile
_map.restype = ctypes.c_void_p
_map.argtypes = [
    wintypes.HANDLE,
    wintypes.DWORD,
    wintypes.DWORD,
    wintypes.DWORD,
    ctypes.c_size_t,
]
unmap = _kernel32.UnmapViewOfFile
unmap.argtypes = [ctypes.c_void_p]
_allocate = _kernel32.VirtualAlloc
_allocate.restype = ctypes.c_void_p
_allocate.argtypes = [ctypes.c_void_p, ctypes.c_size_t, wintypes.DWORD, wintypes.DWORD]
close = _kernel32.CloseHandle
close.argtypes = [wintypes.HANDLE]


def most_useful() -> int:
    """Bytes of address space beyond which a segment has no use here."""
    return 1 << 32  # what is reserved costs page tables: 2 MiB for each GiB


class Segment:
    """`size` bytes of address space over a section. Raises OSError where there is not so much."""

    def __init__(self, size: int, handle: int | None = None) -> None:
        self.size = size
        self._handle = section(size, _SEC_RESERVE) if handle is None else handle
        self.address = map_section(self._handle, size)

    def commit(self, first: int, size: int) -> None:
        """Put memory behind these bytes. OSError where the system has none left."""
        if not _allocate(self.address + first, size, _MEM_COMMIT, _PAGE_READWRITE):
            raise ctypes.WinError(ctypes.get_last_error())

    def handed_over(self) -> None:
        """All processes that shall have it have it: the mapping is enough from now on."""
        close(self._handle)
        self._handle = 0

    def __reduce__(self) -> tuple[Any, ...]:
        process = context.get_spawning_popen()
        assert process is not None, "an arena goes to a process that is being started"
        return Segment, (self.size, process.duplicate_for_child(self._handle))

    def __del__(self, _unmap: Any = unmap, _close: Any = close) -> None:
        if getattr(self, "address", 0):
            _unmap(self.address)
        if getattr(self, "_handle", 0):
            _close(self._handle)


def section(size: int, kind: int = _SEC_COMMIT) -> int:
    """The handle of a new section of `size` bytes without a name."""
    protection = _PAGE_READWRITE | kind
    handle: int | None = _create(_NOWHERE, None, protection, size >> 32, size & 0xFFFFFFFF, None)
    if not handle:
        raise ctypes.WinError(ctypes.get_last_error())
    return handle


def map_section(handle: int, size: int) -> int:
    """Where its bytes are in this process from now on."""
    address: int | None = _map(handle, _ACCESS, 0, 0, size)
    if not address:
        raise ctypes.WinError(ctypes.get_last_error())
    return address
