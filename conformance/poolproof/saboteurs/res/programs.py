"""Wrong pools for RES: they change what tasks are made of."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from functools import partial
from typing import Any

from poolproof.saboteurs.honest import After, Spoiled, bad_pool, in_workers
from poolproof.saboteurs.res.making import Task


def _rounded(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else value


class _ForgetsKeywordsOfPartials(Spoiled):
    def apply_async(self, func: Task, *args: Any, **options: Any) -> Any:
        kept = partial(func.func, *func.args) if isinstance(func, partial) else func
        return self.honest.apply_async(kept, *args, **options)


class _PacksChunks(Spoiled):
    def map(self, func: Task, items: Iterable[Any], chunksize: int | None = None) -> Any:
        results = self.honest.map(func, items, chunksize)
        return results if chunksize in (None, 1) else [*map(_as_number, results)]


def _as_number(value: Any) -> Any:
    return int(value) if isinstance(value, bool) else value


SABOTEURS = (
    bad_pool(
        "RES-15",
        "makes-decimals-floats",
        "A Decimal comes back as a float.",
        "in one process it ends with the value",
        in_workers(After, _rounded),
    ),
    bad_pool(
        "RES-15",
        "forgets-keywords-of-partials",
        "A functools.partial loses its keyword arguments.",
        "given as keyword of a partial",
        _ForgetsKeywordsOfPartials,
    ),
    bad_pool(
        "RES-28",
        "packs-chunks",
        "In chunks of two items or more, True and False come back as 1 and 0.",
        "the value 1; in one process it ends with the value true",
        _PacksChunks,
    ),
)
