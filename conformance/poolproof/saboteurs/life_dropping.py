"""Wrong pools that hold on to what their callers have dropped."""

from __future__ import annotations

import threading
from typing import Any

from poolproof_reports.results import Outcome

from poolproof.drivers.base import OpenOptions
from poolproof.saboteurs.honest import bad_pool
from poolproof.saboteurs.life_common import Manager

_opened: list[Manager] = []


class _Remembered(Manager):
    def __init__(self, options: OpenOptions) -> None:
        super().__init__(options)
        _opened.append(self)


class _WaitsForReaders(Manager):
    """A list of iterators is kept, each with whether it was read to its end."""

    def __init__(self, options: OpenOptions) -> None:
        super().__init__(options)
        self.readers: list[_Reader] = []

    def imap(self, *args: Any) -> Any:
        return self._read(self.honest.imap(*args))

    def imap_unordered(self, *args: Any) -> Any:
        return self._read(self.honest.imap_unordered(*args))

    def _read(self, honest: Any) -> Any:
        self.readers.append(_Reader(honest))
        return self.readers[-1]

    def close(self) -> None:
        for reader in self.readers:
            reader.ended.wait()
        self.honest.close()


class _Reader:
    def __init__(self, honest: Any) -> None:
        self._honest = honest
        self.ended = threading.Event()

    def __iter__(self) -> Any:
        return self

    def __next__(self) -> Any:
        try:
            return next(self._honest)
        except StopIteration:
            self.ended.set()
            raise


class _KeepsResults(Manager):
    def __init__(self, options: OpenOptions) -> None:
        super().__init__(options)
        self.results: list[Any] = []

    def apply_async(self, *args: Any, **options: Any) -> Any:
        self.results.append(self.honest.apply_async(*args, **options))
        return self.results[-1]


class _KeepsArguments(Manager):
    def __init__(self, options: OpenOptions) -> None:
        super().__init__(options)
        self.arguments: list[Any] = []

    def map(self, func: Any, items: Any, *more: Any) -> Any:
        self.arguments.append(list(items))
        return self.honest.map(func, self.arguments[-1], *more)


SABOTEURS = (
    bad_pool(
        "LIFE-07",
        "remembers-every-pool",
        "A list holds every pool that was ever opened.",
        "after the last reference to their pool was dropped",
        _Remembered,
    ),
    bad_pool(
        "LIFE-16",
        "waits-for-readers",
        "close() waits until every imap iterator was read to its end.",
        "still open: close",
        _WaitsForReaders,
        Outcome.TIMEOUT,
    ),
    bad_pool(
        "LIFE-17",
        "keeps-results",
        "The results of single calls are kept for as long as the pool lives.",
        "still in memory",
        _KeepsResults,
    ),
    bad_pool(
        "LIFE-17",
        "keeps-arguments",
        "The arguments of every map are kept for as long as the pool lives.",
        "arguments",
        _KeepsArguments,
    ),
)
