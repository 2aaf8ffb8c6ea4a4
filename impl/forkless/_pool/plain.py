"""Plain values: to pickle them runs nobody's code, and nobody can tell their copies apart.

So it makes no difference whether they travel one by one or many in one pickle.
"""

from __future__ import annotations

from collections.abc import Collection
from itertools import chain
from typing import Any

from .envelope import LARGE

SIZED = frozenset({str, bytes})
ATOMS = SIZED | {type(None), bool, int, float}


def are_plain(values: Collection[Any]) -> bool:
    """Whether all are small atoms, or all are tuples of small atoms."""
    if type(values) is range:
        return True
    kinds = set(map(type, values))
    if kinds == {tuple}:
        values = list(chain.from_iterable(values))
        kinds = set(map(type, values))
    if not kinds <= ATOMS:
        return False
    return kinds.isdisjoint(SIZED) or all(
        len(value) < LARGE for value in values if type(value) in SIZED
    )
