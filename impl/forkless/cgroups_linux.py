"""Linux: limits of the control groups that this process is in, of both versions.

Every group on the way up to the root may set a limit, and the tightest holds. Page cache that is
not in use counts as available, as it does in the machine's own MemAvailable: a program that has
read its data set would else look as if it had used up all its memory.

Assumes: this process stays in its group, and its groups where they are mounted.
"""

from __future__ import annotations

import contextlib
import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from .room import Available

assert sys.platform == "linux"

_NO_LIMIT = 2**60  # version 1 says so by a number near 2**63


@dataclass(frozen=True)
class Group:
    """A folder of the control group file system, and which files are in it."""

    folder: str
    unified: bool

    def read(self, name: str) -> str:
        """A file's text; empty if it is not there, as at the root, which has no limits."""
        with contextlib.suppress(OSError), open(f"{self.folder}/{name}") as file:
            return file.read()
        return ""

    def number(self, name: str) -> int | None:
        """A file's number; None for no limit."""
        text = self.read(name).strip()
        return int(text) if text.lstrip("-").isdigit() else None


def memory(proc: str = "/proc/self") -> list[Available]:
    """What each group of this process with a limit could still give."""
    found = []
    for group in _groups("memory", proc):
        files = _UNIFIED if group.unified else _SPLIT
        limits = [limit for limit in map(group.number, files.limits) if limit is not None]
        limit = min(limits, default=_NO_LIMIT)
        if limit < _NO_LIMIT:
            used = (group.number(files.used) or 0) - _counted(group, files.reclaimable)
            found.append(Available(limit - used, f"control group {group.folder}"))
    return found


def cores(proc: str = "/proc/self") -> list[int]:
    """How many cores' time each group of this process with a quota may use."""
    found = []
    for group in _groups("cpu", proc):
        if group.unified:
            quota, _, period = group.read("cpu.max").partition(" ")
        else:
            quota, period = group.read("cpu.cfs_quota_us"), group.read("cpu.cfs_period_us")
        if quota.strip().isdigit():  # neither "max" nor -1
            found.append(math.ceil(int(quota) / int(period)))
    return found


@dataclass(frozen=True)
class _MemoryFiles:
    limits: tuple[str, ...]
    used: str
    reclaimable: str


_UNIFIED = _MemoryFiles(("memory.max", "memory.high"), "memory.current", "inactive_file")
_SPLIT = _MemoryFiles(("memory.limit_in_bytes",), "memory.usage_in_bytes", "total_inactive_file")


def _counted(group: Group, name: str) -> int:
    rows = (line.split() for line in group.read("memory.stat").splitlines())
    return next((int(row[1]) for row in rows if row[0] == name), 0)


@lru_cache(maxsize=8)
def _groups(controller: str, proc: str) -> tuple[Group, ...]:
    """This process's groups that *controller* rules, from its own up to the root."""
    try:
        with open(f"{proc}/mountinfo") as mounts, open(f"{proc}/cgroup") as membership:
            paths = dict(_paths(membership.read(), controller))
            return tuple(
                Group(folder, unified)
                for root, mount, unified in _mounts(mounts.read(), controller)
                if unified in paths
                for folder in _upwards(paths[unified], root, mount)
            )
    except OSError:
        return ()  # no /proc: there is nothing that could be known


def _paths(membership: str, controller: str) -> Iterator[tuple[bool, str]]:
    """Per version (unified or not): the group, from lines like ``4:cpu,cpuacct:/a/b``."""
    for line in membership.splitlines():
        _, controllers, path = line.split(":", 2)
        if not controllers or controller in controllers.split(","):
            yield not controllers, path


def _mounts(mountinfo: str, controller: str) -> Iterator[tuple[str, str, bool]]:
    """Root, mount point and version, from ``31 23 0:28 ROOT MOUNT rw - cgroup cgroup rw,cpu``."""
    for line in mountinfo.splitlines():
        place, _, system = line.partition(" - ")
        kind, _, options = system.split(" ", 2)
        if kind == "cgroup2" or (kind == "cgroup" and controller in options.split(",")):
            root, mount = place.split(" ")[3:5]
            yield root, mount, kind == "cgroup2"


def _upwards(path: str, root: str, mount: str) -> Iterator[str]:
    """The folders of group *path* and its ancestors, as far as they can be seen at *mount*."""
    root = root.rstrip("/")
    inside = path == root or path.startswith(root + "/")
    parts = [part for part in path[len(root) :].split("/") if part] if inside else []
    if ".." in parts:  # outside this process's namespace: what is mounted is all that can be seen
        parts = []
    for depth in range(len(parts), -1, -1):
        yield "/".join([mount, *parts[:depth]])
