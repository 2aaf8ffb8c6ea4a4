"""What came of an attempt to take a mutex."""

from __future__ import annotations

from enum import Enum


class Taken(Enum):
    """`ORPHANED`: it is the caller's now, and whoever had it before died with it."""

    NO = 0
    YES = 1
    ORPHANED = 2
