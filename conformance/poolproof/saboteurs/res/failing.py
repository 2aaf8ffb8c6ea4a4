"""Wrong pools for RES: one failing task is too much for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from poolproof.saboteurs.honest import After, Spoiled, bad_pool
from poolproof.saboteurs.res.making import Task


class _TriesAgain(After):
    """A task that is run once more when it raised."""

    def __call__(self, /, *arguments: Any, **keywords: Any) -> Any:
        try:
            return self.task(*arguments, **keywords)
        except Exception:  # noqa: BLE001 - this is the fault
            return self.task(*arguments, **keywords)


class _MapTriesAgain(Spoiled):
    def map(self, func: Task, items: Iterable[Any], chunksize: int | None = None) -> Any:
        return self.honest.map(_TriesAgain(_same, func), items, chunksize)


def _same(value: Any) -> Any:
    return value


class _LeavesOutFailures(Spoiled):
    def map(self, func: Task, items: Iterable[Any], chunksize: int | None = None) -> Any:
        given = list(items)
        try:
            return self.honest.map(func, given, chunksize)
        except ValueError as error:
            if error.__cause__ is None:  # the pool's own: it is closed
                raise
            return [None] * len(given)


class _EndsAtAnError(Spoiled):
    def imap(self, func: Task, items: Iterable[Any], chunksize: int = 1) -> Iterator[Any]:
        yield from self.honest.imap(func, items, chunksize)


SABOTEURS = (
    bad_pool(
        "RES-26",
        "tries-again",
        "map runs a task that raised once more.",
        "ran more than once",
        _MapTriesAgain,
    ),
    bad_pool(
        "RES-26",
        "leaves-out-failures",
        "map returns None for every item when a task raised ValueError.",
        "expected one of their errors",
        _LeavesOutFailures,
    ),
    bad_pool(
        "RES-32",
        "ends-at-an-error",
        "imap ends when it has raised an error.",
        "expected that it gave",
        _EndsAtAnError,
    ),
)
