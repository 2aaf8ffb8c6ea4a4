"""Exactly-once accounting: what was asked for against what was seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Account:
    """The difference between two collections of keys, each in the order of first appearance."""

    lost: tuple[Hashable, ...]  # asked for, never seen
    duplicated: tuple[Hashable, ...]  # asked for once, seen more than once
    unexpected: tuple[Hashable, ...]  # seen, never asked for

    def complaints(self, thing: str, happened: str) -> Iterator[str]:
        """One sentence for each kind of difference: "2 of 10 tasks never ran: 3, 4"."""
        for keys, verb in (
            (self.lost, f"never {happened}"),
            (self.duplicated, f"{happened} more than once"),
            (self.unexpected, f"{happened} though nobody asked for it"),
        ):
            if keys:
                shown = ", ".join(map(repr, keys[:5])) + (", ..." if len(keys) > 5 else "")
                yield f"{len(keys)} {thing}(s) {verb}: {shown}"


def account(expected: Iterable[Hashable], seen: Iterable[Hashable]) -> Account:
    """Compare two multisets of keys; `expected` holds each key once."""
    wanted = dict.fromkeys(expected)
    counts = Counter(iter(seen))  # a mapping given as it is would be read as counts
    return Account(
        lost=tuple(k for k in wanted if k not in counts),
        duplicated=tuple(k for k in wanted if counts[k] > 1),
        unexpected=tuple(k for k in counts if k not in wanted),
    )
