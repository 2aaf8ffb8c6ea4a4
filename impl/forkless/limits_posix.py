"""macOS, and POSIX systems that nothing more is known of: memory and cores.

macOS documents no number for memory that could be had without hurting anybody: what looks used may
be cached, compressed or purgeable. So spares get their share of what the machine has, and what one
takes is its physical footprint, which is what Activity Monitor shows.
"""

from __future__ import annotations

import ctypes
import os
import sys

from .room import Available

assert sys.platform != "win32"


class _Usage(ctypes.Structure):
    """struct rusage_info_v0 of <sys/resource.h>."""

    _fields_ = (
        ("uuid", ctypes.c_uint8 * 16),
        ("user_time", ctypes.c_uint64),
        ("system_time", ctypes.c_uint64),
        ("idle_wakeups", ctypes.c_uint64),
        ("interrupt_wakeups", ctypes.c_uint64),
        ("pageins", ctypes.c_uint64),
        ("wired_size", ctypes.c_uint64),
        ("resident_size", ctypes.c_uint64),
        ("physical_footprint", ctypes.c_uint64),
        ("started", ctypes.c_uint64),
        ("ended", ctypes.c_uint64),
    )


def cores() -> int:
    """How many cores there are: these systems let nobody ask for fewer."""
    return os.cpu_count() or 1


def available_memory() -> Available | None:
    """All that the machine has; None if it does not tell."""
    try:
        pages = os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError):
        return None
    return Available(pages * os.sysconf("SC_PAGE_SIZE"), "all of this machine's")


def private_memory(pid: int) -> int | None:
    """Bytes of memory and swap that process *pid* holds; None if that is not told."""
    usage = _Usage()
    ask = getattr(ctypes.CDLL(None), "proc_pid_rusage", None)
    if ask is None or ask(pid, 0, ctypes.byref(usage)) != 0:
        return None
    return int(usage.physical_footprint)
