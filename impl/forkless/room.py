"""How many spares memory has room for: the rule, free of any system.

Spares are a luxury: they must never be why a program runs out of memory. They are made while all of
them together take at most a quarter of what would be available without them, and ended when they
take more than half: between the two, what other programs do with memory makes no difference, and a
reserve at its limit is not made and ended in turns. One spare may take up to half: the alternative
is none. With less than that there is none, and every start is a cold one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

MIB = 2**20
# A bare interpreter with a small main module. Until a spare has been measured they are made one
# after another, so an interpreter that takes gigabytes (CUDA on Windows) is met with one of them.
PRESUMED = 24 * MIB


@dataclass(frozen=True)
class Available:
    """Memory that could be had, in bytes, and whose limit that is."""

    size: int
    where: str


@dataclass(frozen=True)
class Room:
    """Make spares up to *make*, keep them up to *keep*; *reason* says what the limit comes from."""

    make: int
    keep: int
    reason: str
    measured: bool

    def size(self, wished: int, held: int) -> int:
        """How many of the *wished* spares there should be, when *held* are there."""
        return min(wished, max(self.make, min(self.keep, held)))


NO_LIMIT = Room(make=2**31, keep=2**31, reason="", measured=True)
NOT_LOOKED = replace(NO_LIMIT, measured=False)


def room_for(each: int | None, held: int, available: Available) -> Room:
    """Room for spares of *each* bytes (None: not measured) beside the *held* that exist already."""
    taken = each or PRESUMED
    # A limit may have been lowered below what is used: then there is less than nothing to give.
    total = max(0, available.size + held * taken)
    keep = total // 2 // taken
    make = max(total // 4 // taken, min(1, keep))
    return Room(
        make,
        keep,
        f"capped by memory: {_mib(taken)} a spare, {_mib(available.size)} available "
        f"({available.where})",
        measured=each is not None,
    )


def _mib(size: int) -> str:
    return f"{max(size, 0) / MIB:,.0f} MiB"
