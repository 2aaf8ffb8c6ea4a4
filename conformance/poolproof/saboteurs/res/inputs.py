"""Wrong pools for RES: inputs that stop."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from poolproof.saboteurs.honest import Spoiled, bad_pool
from poolproof.saboteurs.res.making import Task


class _MapHidesInput(Spoiled):
    def map(self, func: Task, items: Iterable[Any], chunksize: int | None = None) -> Any:
        return self.honest.map(func, _until_error(items), chunksize)


class _ImapHidesInput(Spoiled):
    def imap(self, func: Task, items: Iterable[Any], chunksize: int = 1) -> Any:
        return self.honest.imap(func, _until_error(items), chunksize)


class _StopsQuietly(Spoiled):
    def map(self, func: Task, items: Iterable[Any], chunksize: int | None = None) -> Any:
        pending = [self.honest.apply_async(func, (item,)) for item in items]
        return list(filter(lambda result: result is not _STOPPED, map(_got, pending)))


_STOPPED = object()


def _got(pending: Any) -> Any:
    try:
        return pending.get()
    except StopIteration:
        return _STOPPED


def _until_error(items: Iterable[Any]) -> Iterator[Any]:
    try:
        yield from items
    except Exception:  # noqa: BLE001 - this is the fault
        return


SABOTEURS = (
    bad_pool(
        "RES-10",
        "map-hides-the-error-of-its-input",
        "map takes an error of its input for its end.",
        "hid the error",
        _MapHidesInput,
    ),
    bad_pool(
        "RES-11",
        "map-skips-stopped-tasks",
        "map leaves out results of tasks that raise StopIteration.",
        "results were lost without an error",
        _StopsQuietly,
    ),
    bad_pool(
        "RES-12",
        "imap-hides-the-error-of-its-input",
        "imap takes an error of its input for its end.",
        "hid the error",
        _ImapHidesInput,
    ),
)
