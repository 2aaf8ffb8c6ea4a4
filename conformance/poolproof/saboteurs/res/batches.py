"""Wrong pools for RES: batches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from poolproof.saboteurs.honest import Spoiled, bad_pool
from poolproof.saboteurs.res.making import Task


class _DropsLast(Spoiled):
    def map(self, func: Task, items: Iterable[Any], chunksize: int | None = None) -> Any:
        return self.honest.map(func, items, chunksize)[:-1]


class _SwapsTwo(Spoiled):
    def map(self, func: Task, items: Iterable[Any], chunksize: int | None = None) -> Any:
        return _swapped(self.honest.map(func, items, chunksize))


class _LosesShortChunk(Spoiled):
    def map(self, func: Task, items: Iterable[Any], chunksize: int | None = None) -> Any:
        results = self.honest.map(func, items, chunksize)
        return results[: len(results) - len(results) % (chunksize or 1)]


class _PassesRowsWhole(Spoiled):
    def starmap(self, func: Task, rows: Iterable[Any], chunksize: int | None = None) -> Any:
        return self.honest.map(func, rows, chunksize)


class _ImapSwapsTwo(Spoiled):
    def imap(self, func: Task, items: Iterable[Any], chunksize: int = 1) -> Iterator[Any]:
        yield from _swapped(list(self.honest.imap(func, items, chunksize)))


class _YieldsOneTwice(Spoiled):
    def imap_unordered(self, func: Task, items: Iterable[Any], chunksize: int = 1) -> Any:
        results = list(self.honest.imap_unordered(func, items, chunksize))
        yield from results[:1] + results[:-1]


def _swapped(results: list[Any]) -> list[Any]:
    return [*results[1::-1], *results[2:]]


SABOTEURS = (
    bad_pool(
        "RES-02",
        "drops-the-last-result",
        "map loses its last result.",
        "items returned",
        _DropsLast,
    ),
    bad_pool(
        "RES-02",
        "swaps-two-results",
        "map returns the first two results in the wrong order.",
        "map: result 0 is",
        _SwapsTwo,
    ),
    bad_pool(
        "RES-02",
        "loses-the-short-chunk",
        "map loses the last chunk when it is not a full one.",
        "items returned",
        _LosesShortChunk,
    ),
    bad_pool(
        "RES-03",
        "passes-rows-whole",
        "starmap calls its function with the row as one argument.",
        "starmap: result 0 is",
        _PassesRowsWhole,
    ),
    bad_pool(
        "RES-04",
        "imap-swaps-two",
        "imap yields the first two results in the wrong order.",
        "imap: result 0 is",
        _ImapSwapsTwo,
    ),
    bad_pool(
        "RES-05",
        "yields-one-twice",
        "imap_unordered yields its first result twice and its last one never.",
        "came too often or unasked",
        _YieldsOneTwice,
    ),
)
