"""Shared-memory segments that have a name: files of /dev/shm, on systems that have it."""

from __future__ import annotations

import os
from collections.abc import Set
from pathlib import Path

FOLDER = Path("/dev/shm")


def segments() -> frozenset[str]:
    """Names of all segments; none where they have no folder."""
    return frozenset(os.listdir(FOLDER)) if FOLDER.is_dir() else frozenset()


def ours(names: Set[str], family: Set[int]) -> frozenset[str]:
    """The `names` that still exist and that no process outside of `family` maps.

    The folder belongs to the whole machine: another program's segment may appear at any time.
    """
    if not names:
        return frozenset()
    maps = [p for p in Path("/proc").glob("[0-9]*/maps") if int(p.parent.name) not in family]
    foreign = "".join(_text(path) for path in maps)
    return frozenset(n for n in names & segments() if f"{FOLDER}/{n}" not in foreign)


def _text(maps: Path) -> str:
    try:
        return maps.read_text(errors="replace")
    except OSError:  # it has ended, or belongs to another user
        return ""
