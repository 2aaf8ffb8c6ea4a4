"""Wrong pools for RES: operations that get in each other's way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from poolproof.saboteurs.honest import Spoiled
from poolproof.saboteurs.res.making import Task, saboteur


class _ReadsTheNewest(Spoiled):
    newest: Iterator[Any]

    def imap(self, func: Task, items: Iterable[Any], chunksize: int = 1) -> _Reader:
        self.newest = self.honest.imap(func, items, chunksize)
        return _Reader(self)


class _Reader:
    def __init__(self, pool: _ReadsTheNewest) -> None:
        self._pool = pool

    def __iter__(self) -> _Reader:
        return self

    def __next__(self) -> Any:
        return next(self._pool.newest)


SABOTEURS = (
    saboteur(
        "RES-16",
        "reads-the-newest",
        "Every imap reads from the one that was begun last.",
        "of several under way, gave",
        _ReadsTheNewest,
    ),
)
