"""Wrong pools for RES: particular about what they iterate over."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from poolproof_reports.results import Outcome

from poolproof.saboteurs.honest import Spoiled, bad_pool
from poolproof.saboteurs.res.making import Task


class _GathersFirst(Spoiled):
    def imap(self, func: Task, items: Iterable[Any], chunksize: int = 1) -> Any:
        return self.honest.imap(func, list(items), chunksize)


class _AsksByIndex(Spoiled):
    def map(self, func: Task, items: Any, chunksize: int | None = None) -> Any:
        return self.honest.map(func, _by_index(items), chunksize)


class _ImapAsksByIndex(Spoiled):
    def imap(self, func: Task, items: Any, chunksize: int = 1) -> Any:
        return self.honest.imap(func, _by_index(items), chunksize)


def _by_index(items: Any) -> Any:
    if not hasattr(items, "__len__"):
        return items
    return (items[index] for index in range(len(items)))


SABOTEURS = (
    bad_pool(
        "RES-19",
        "gathers-first",
        "imap reads its whole input before it begins.",
        "a lazy one reads at most",
        _GathersFirst,
        Outcome.UNSUPPORTED,
    ),
    bad_pool(
        "RES-20",
        "asks-by-index",
        "map asks whatever has a length for its items by index.",
        "map raised builtins.",
        _AsksByIndex,
    ),
    bad_pool(
        "RES-34",
        "imap-asks-by-index",
        "imap asks whatever has a length for its items by index.",
        "imap raised builtins.",
        _ImapAsksByIndex,
    ),
)
