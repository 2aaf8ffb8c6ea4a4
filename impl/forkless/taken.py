"""What came of an attempt to take a mutex."""

from __future__ import annotations

from enum import Enum


class Taken(Enum):
    """`ORPHANED`: it is the caller's now, and whoever had it before died with it.

    `ALREADY`: this thread has had it since before, by another object. Windows calls that YES.
    """

    NO = 0
    YES = 1
    ORPHANED = 2
    ALREADY = 3
