"""Windows: memory and cores that this process may have.

What runs out is not memory but the commit charge: every page that was promised counts, touched or
not, and a CUDA build of torch promises gigabytes to each process that imports it (WinError 1455,
https://github.com/pytorch/pytorch/issues/59904).
"""

from __future__ import annotations

import _winapi
import ctypes
import os
import sys
from ctypes import wintypes

from .room import Available

assert sys.platform == "win32"

_QUERY_LIMITED_INFORMATION = 0x1000

_kernel = ctypes.WinDLL("kernel32", use_last_error=True)
_kernel.GetCurrentProcess.restype = wintypes.HANDLE
_kernel.GetProcessAffinityMask.argtypes = [
    wintypes.HANDLE,
    ctypes.POINTER(ctypes.c_size_t),
    ctypes.POINTER(ctypes.c_size_t),
]
_kernel.K32GetProcessMemoryInfo.argtypes = [wintypes.HANDLE, ctypes.c_void_p, wintypes.DWORD]


class _MemoryStatus(ctypes.Structure):
    """MEMORYSTATUSEX."""

    _fields_ = (
        ("length", wintypes.DWORD),
        ("memory_load", wintypes.DWORD),
        ("total_physical", ctypes.c_uint64),
        ("available_physical", ctypes.c_uint64),
        ("total_page_file", ctypes.c_uint64),
        ("available_page_file", ctypes.c_uint64),
        ("total_virtual", ctypes.c_uint64),
        ("available_virtual", ctypes.c_uint64),
        ("available_extended_virtual", ctypes.c_uint64),
    )


class _ProcessMemory(ctypes.Structure):
    """PROCESS_MEMORY_COUNTERS; *page_file* is the commit charge, from Windows 8 on."""

    _fields_ = (
        ("length", wintypes.DWORD),
        ("page_faults", wintypes.DWORD),
        ("peak_working_set", ctypes.c_size_t),
        ("working_set", ctypes.c_size_t),
        ("peak_paged_pool", ctypes.c_size_t),
        ("paged_pool", ctypes.c_size_t),
        ("peak_nonpaged_pool", ctypes.c_size_t),
        ("nonpaged_pool", ctypes.c_size_t),
        ("page_file", ctypes.c_size_t),
        ("peak_page_file", ctypes.c_size_t),
    )


def cores() -> int:
    """How many cores may be used at once, by affinity."""
    ours, systems = ctypes.c_size_t(), ctypes.c_size_t()
    _kernel.GetProcessAffinityMask(
        _kernel.GetCurrentProcess(), ctypes.byref(ours), ctypes.byref(systems)
    )
    # The mask is of one group of 64 cores; it is 0 for a process in several.
    return ours.value.bit_count() or os.cpu_count() or 1


def available_memory() -> Available | None:
    """What this process could still commit."""
    status = _MemoryStatus(length=ctypes.sizeof(_MemoryStatus))
    if not _kernel.GlobalMemoryStatusEx(ctypes.byref(status)):
        return None
    return Available(status.available_page_file, "commit charge")


def private_memory(pid: int) -> int | None:
    """Bytes that process *pid* has committed for itself; None if it has ended."""
    try:
        handle = _winapi.OpenProcess(_QUERY_LIMITED_INFORMATION, False, pid)
    except OSError:
        return None
    memory = _ProcessMemory(length=ctypes.sizeof(_ProcessMemory))
    try:
        if not _kernel.K32GetProcessMemoryInfo(handle, ctypes.byref(memory), memory.length):
            return None
    finally:
        _winapi.CloseHandle(handle)
    return int(memory.page_file)
