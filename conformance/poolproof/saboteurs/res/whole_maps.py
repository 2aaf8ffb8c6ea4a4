"""Wrong pools for RES: callbacks of map_async, and chunk sizes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from poolproof_reports.results import Outcome

from poolproof.saboteurs.honest import Spoiled, bad_pool
from poolproof.saboteurs.res.making import Task

Callback = Callable[[Any], object] | None


class _CallsBackReversed(Spoiled):
    def map_async(
        self,
        func: Task,
        items: Iterable[Any],
        chunksize: int | None = None,
        callback: Callback = None,
        error_callback: Callback = None,
    ) -> Any:
        def reverse(values: list[Any]) -> None:
            if callback is not None:
                callback(values[::-1])

        return self.honest.map_async(func, items, chunksize, reverse, error_callback)


class _ForgetsEmptyMaps(Spoiled):
    def map_async(
        self,
        func: Task,
        items: Iterable[Any],
        chunksize: int | None = None,
        callback: Callback = None,
        error_callback: Callback = None,
    ) -> Any:
        given = list(items)
        called = callback if given else None
        return self.honest.map_async(func, given, chunksize, called, error_callback)


class _MapsNoChunks(Spoiled):
    def map(self, func: Task, items: Iterable[Any], chunksize: int | None = None) -> Any:
        if chunksize is not None and chunksize < 1:
            return [None for _ in items]
        return self.honest.map(func, items, chunksize)


SABOTEURS = (
    bad_pool(
        "RES-35",
        "calls-back-with-a-reversed-list",
        "The callback of map_async gets the results of the last items first.",
        "the callback for the value got",
        _CallsBackReversed,
    ),
    bad_pool(
        "RES-36",
        "forgets-the-callback-of-an-empty-map",
        "The callback of a map_async of no items is never called.",
        "still open: callback",
        _ForgetsEmptyMaps,
        Outcome.TIMEOUT,
    ),
    bad_pool(
        "RES-37",
        "cuts-a-map-into-no-chunks",
        "map with a chunk size below 1 runs nothing, and returns None for each item.",
        "neither an error nor the results",
        _MapsNoChunks,
    ),
)
