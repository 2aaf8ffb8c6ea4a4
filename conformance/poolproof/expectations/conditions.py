"""The simplest conditions that tell places where a rule breaks from places where it holds."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final

from packaging.version import InvalidVersion, Version

from poolproof.expectations import Where

_NAMED: Final = {"start_method": "start_methods", "system": "systems"}
_ORDERED: Final = ("python", "version", "torch")
_DIMENSIONS: Final = (*_NAMED, *_ORDERED)

Release = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Conditions:
    """The conditions of an expectation, in its own words."""

    start_methods: tuple[str, ...] = ()
    systems: tuple[str, ...] = ()
    python: str = ""
    version: str = ""
    torch: str = ""


def separate(bad: Collection[Where], good: Collection[Where]) -> tuple[Conditions, ...]:
    """Conditions that hold in every place of `bad`, and together in none of `good`.

    One, where one can say it, on as few things as possible; else several, of which each place
    meets one. A place that differs from a good one in nothing that can be said is not told apart.
    """
    for size in range(len(_DIMENSIONS) + 1):
        for chosen in combinations(_DIMENSIONS, size):
            found = _all_of(chosen, bad, good)
            if found is not None:
                return (found,)
    parts = _split(bad)
    if len(parts) == 1:
        return (Conditions(_values("start_method", bad), _values("system", bad)),)
    return tuple(condition for part in parts for condition in separate(part, good))


def _all_of(
    chosen: tuple[str, ...], bad: Collection[Where], good: Collection[Where]
) -> Conditions | None:
    """Conditions on the chosen dimensions; None if they let a good place through."""
    said: dict[str, Any] = {}
    through = list(good)
    for dimension in chosen:
        if dimension in _NAMED:
            allowed = _values(dimension, bad)
            said[_NAMED[dimension]] = allowed
            through = [w for w in through if getattr(w, dimension) in allowed]
        else:
            try:
                said[dimension], through = _interval(dimension, bad, through)
            except InvalidVersion:
                return None
    return None if through else Conditions(**said)


def _interval(
    dimension: str, bad: Collection[Where], good: Collection[Where]
) -> tuple[str, list[Where]]:
    """The specifier for the versions of `bad`, and which of `good` it lets through."""
    release = {w: Version(getattr(w, dimension)).release for w in (*bad, *good)}
    lowest, highest = min(release[w] for w in bad), max(release[w] for w in bad)
    below = [release[w] for w in good if release[w] < lowest]
    above = [release[w] for w in good if release[w] > highest]
    parts = [f">={_shortest(lowest, max(below))}"] if below else []
    parts += [f"<{_shortest(min(above), highest)}"] if above else []
    return ",".join(parts), [w for w in good if lowest <= release[w] <= highest]


def _shortest(release: Release, above: Release) -> str:
    """The shortest beginning of `release` that is still later than `above`: 3.13 for 3.13.1."""
    prefixes = (release[:size] for size in range(min(2, len(release)), len(release)))
    return ".".join(map(str, next((p for p in prefixes if p > above[: len(p)]), release)))


def _values(dimension: str, places: Collection[Where]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(getattr(w, dimension) for w in places))


def _split(places: Collection[Where]) -> list[list[Where]]:
    for dimension in _DIMENSIONS:
        values = _values(dimension, places)
        if len(values) > 1:
            return [[w for w in places if getattr(w, dimension) == v] for v in values]
    return [list(places)]
