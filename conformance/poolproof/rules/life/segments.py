"""Shared-memory segments that have a name: files of /dev/shm, on systems that have it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Set
from pathlib import Path

FOLDER = Path("/dev/shm")


def segments() -> frozenset[str]:
    """Names of all segments; none where they have no folder."""
    return frozenset(os.listdir(FOLDER)) if FOLDER.is_dir() else frozenset()


def held(names: Set[str], family: Set[int]) -> frozenset[str]:
    """The `names` that a process of `family` maps.

    The folder belongs to the whole machine, and a name does not tell its owner: a segment that
    nobody maps may be another program's (as multiprocessing's `sem.mp-...` of a killed one).
    """
    maps = "".join(_text(Path(f"/proc/{pid}/maps")) for pid in family) if names else ""
    return frozenset(name for name in names if f"{FOLDER}/{name}\n" in maps)


def elsewhere(names: Set[str], family: Set[int]) -> frozenset[str]:
    """The `names` that a process outside of `family` maps, as far as we may look."""
    strangers = {int(name) for name in os.listdir("/proc") if name.isdigit()} if names else set()
    return held(names, strangers - family)


def mappings(pids: Iterable[int]) -> int:
    """How often these processes map a segment, one whose name is gone included."""
    return sum(_text(Path(f"/proc/{pid}/maps")).count(f"{FOLDER}/") for pid in pids)


def _text(maps: Path) -> str:
    try:
        return maps.read_text(errors="replace")
    except OSError:  # it has ended
        return ""
