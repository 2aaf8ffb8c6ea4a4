"""Wrong pools for RES: operations that get in each other's way."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from multiprocessing import TimeoutError
from typing import Any

from poolproof.drivers.base import OpenOptions
from poolproof.saboteurs.honest import Spoiled, SpoiledResult, bad_pool
from poolproof.saboteurs.res.making import Task


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


class _GivesInTurn(Spoiled):
    """Whoever asks first gets the result of what was submitted first."""

    def __init__(self, options: OpenOptions) -> None:
        super().__init__(options)
        self.unread: deque[Any] = deque()

    def apply_async(self, *args: Any, **options: Any) -> Any:
        self.unread.append(self.honest.apply_async(*args, **options))
        return _NextInTurn(self.unread[-1], self)


class _NextInTurn(SpoiledResult):
    def __init__(self, honest: Any, pool: _GivesInTurn) -> None:
        super().__init__(honest)
        self._pool = pool
        self._given: Any = None  # the result that was handed out here

    def get(self, timeout: float | None = None) -> Any:
        if self._given is None:
            self._pool.unread[0].wait(timeout)
            if not self._pool.unread[0].ready():
                raise TimeoutError
            self._given = self._pool.unread.popleft()
        return self._given.get()


SABOTEURS = (
    bad_pool(
        "RES-16",
        "gives-in-turn",
        "Results are given in the order of submission, whichever is asked for.",
        "of several under way, gave",
        _GivesInTurn,
    ),
    bad_pool(
        "RES-33",
        "reads-the-newest",
        "Every imap reads from the one that was begun last.",
        "of several under way, gave",
        _ReadsTheNewest,
    ),
)
