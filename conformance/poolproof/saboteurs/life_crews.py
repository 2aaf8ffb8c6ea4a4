"""Wrong pools that have another number of workers, or treat the first ones otherwise."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from poolproof_reports.results import Outcome

from poolproof.drivers.base import OpenOptions
from poolproof.saboteurs.honest import bad_pool, open_honest
from poolproof.saboteurs.life_common import Manager

_MOST = 4


def _one_more(options: OpenOptions) -> Any:
    return open_honest(options.with_workers(options.workers + 1))


def _at_most_four(options: OpenOptions) -> Any:
    return open_honest(options.with_workers(min(options.workers, _MOST)))


class _DealsOut(Manager):
    """Each worker is a pool of its own, and has a queue of its own."""

    def __init__(self, options: OpenOptions) -> None:
        super().__init__(options.with_workers(1))
        more = [open_honest(options.with_workers(1)) for _ in range(options.workers - 1)]
        self.tables = [self.honest, *more]
        self.turns = itertools.cycle(self.tables)

    def apply_async(self, *args: Any, **options: Any) -> Any:
        return next(self.turns).apply_async(*args, **options)

    def close(self) -> None:
        for table in self.tables:
            table.close()

    def terminate(self) -> None:
        for table in self.tables:
            table.terminate()

    def join(self) -> None:
        for table in self.tables:
            table.join()


@dataclass(frozen=True)
class _Twice:
    initializer: Callable[..., object]

    def __call__(self, *args: Any) -> None:
        self.initializer(*args)
        self.initializer(*args)


def _initialized_twice(options: OpenOptions) -> Any:
    if options.initializer is not None:
        options = replace(options, initializer=_Twice(options.initializer))
    return open_honest(options)


_late: set[int] = set()  # pids in which the initializer has run


@dataclass(frozen=True)
class _Late:
    task: Callable[..., Any]
    initializer: Callable[..., object]
    initargs: tuple[Any, ...]

    def __call__(self, *args: Any) -> Any:
        value = self.task(*args)
        if os.getpid() not in _late:
            _late.add(os.getpid())
            self.initializer(*self.initargs)
        return value


class _InitializesLate(Manager):
    def __init__(self, options: OpenOptions) -> None:
        super().__init__(replace(options, initializer=None, initargs=()))
        self.options = options

    def apply_async(self, func: Callable[..., Any], *more: Any, **options: Any) -> Any:
        initializer, initargs = self.options.initializer, self.options.initargs
        if initializer is not None:
            func = _Late(func, initializer, initargs)
        return self.honest.apply_async(func, *more, **options)


def _late_where_recycled(options: OpenOptions) -> Any:
    return open_honest(options) if options.max_tasks is None else _InitializesLate(options)


SABOTEURS = (
    bad_pool(
        "LIFE-12",
        "has-one-worker-too-many",
        "A pool of n has n + 1 workers.",
        "ran at the same time in a pool of",
        _one_more,
    ),
    bad_pool(
        "LIFE-12",
        "deals-tasks-out",
        "Tasks are dealt out in turn: one waits behind a busy worker while another is idle.",
        "hangs",
        _DealsOut,
        Outcome.TIMEOUT,
    ),
    bad_pool(
        "LIFE-13",
        "has-four-workers-at-most",
        "A pool has four workers, however many it was asked for.",
        "hangs",
        _at_most_four,
        Outcome.TIMEOUT,
    ),
    bad_pool(
        "LIFE-21",
        "initializes-twice",
        "The initializer is called twice in each worker.",
        "the initializer ran 2 times",
        _initialized_twice,
    ),
    bad_pool(
        "LIFE-21",
        "initializes-late",
        "The initializer is called after the first task of each worker.",
        "before, or without, the initializer",
        _InitializesLate,
    ),
    bad_pool(
        "LIFE-25",
        "initializes-late-where-it-recycles",
        "With a limit on tasks the initializer is called after the first task of each worker.",
        "before, or without, the initializer",
        _late_where_recycled,
    ),
)
