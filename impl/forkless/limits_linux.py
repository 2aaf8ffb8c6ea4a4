"""Linux: memory and cores that this process may have, by the machine and by control groups."""

from __future__ import annotations

import contextlib
import os
import sys

from . import cgroups_linux as cgroups
from .room import Available

assert sys.platform == "linux"


def cores() -> int:
    """How many cores may be used at once: affinity, or a control group's quota of time."""
    return max(1, min([len(os.sched_getaffinity(0)), *cgroups.cores()]))


def available_memory() -> Available | None:
    """The least of what the machine and each control group could give; None without /proc."""
    try:
        with open("/proc/meminfo", "rb") as file:
            row = next(line for line in file if line.startswith(b"MemAvailable:"))
    except OSError:
        return None
    machine = Available(int(row.split()[1]) * 1024, "this machine")
    return min([machine, *cgroups.memory()], key=lambda available: available.size)


def private_memory(pid: int) -> int | None:
    """Bytes that would be free without process *pid*: what it shares with nobody.

    Not PSS: pages shared with a template or with other spares would be there without it too. None
    if it has ended. Takes milliseconds for a process that imported torch.
    """
    return _sum(pid, b"Private_")


def share_of_memory(pid: int) -> int | None:
    """Bytes that process *pid* takes: each page divided among those who share it (PSS)."""
    return _sum(pid, b"Pss:")


def _sum(pid: int, rows: bytes) -> int | None:
    with contextlib.suppress(OSError), open(f"/proc/{pid}/smaps_rollup", "rb") as file:
        return 1024 * sum(int(line.split()[1]) for line in file if line.startswith(rows))
    return None
