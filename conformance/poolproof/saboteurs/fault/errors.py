"""Wrong pools that mistreat what tasks and initializers raise."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from poolproof.drivers.base import OpenOptions
from poolproof.saboteurs.fault.base import Results
from poolproof.saboteurs.honest import After, bad_pool, in_workers, open_honest

_EXITS = (SystemExit, KeyboardInterrupt, GeneratorExit)
_TOO_MANY = 5


class _IgnoresExits(After):
    """A task whose SystemExit is a return."""

    def __call__(self, *args: Any) -> Any:
        with contextlib.suppress(*_EXITS):
            return self.task(*args)


class _RaisesExits(Results):
    def failed(self, error: Exception, number: int) -> Any:
        if isinstance(error.__cause__, _EXITS):
            raise error.__cause__
        raise error


class _TiresOfErrors(Results):
    errors = 0

    def failed(self, error: Exception, number: int) -> Any:
        self.errors += 1
        raise error

    def got(self, value: Any, number: int) -> Any:
        if self.errors >= _TOO_MANY:
            raise RuntimeError(f"{self.errors} tasks have failed")
        return value


@dataclass(frozen=True)
class _Insists:
    """An initializer that is tried again until it succeeds."""

    initializer: Callable[..., object]

    def __call__(self, *args: Any) -> None:
        while True:
            try:
                self.initializer(*args)
            except (Exception, SystemExit):  # noqa: BLE001 - that is the fault
                continue
            return


def _insisting(options: OpenOptions) -> Any:
    if options.initializer is None:
        return open_honest(options)
    return open_honest(replace(options, initializer=_Insists(options.initializer)))


def _same(value: Any) -> Any:
    return value


SABOTEURS = (
    bad_pool(
        "FAULT-02",
        "ignores-exits",
        "A task that raises SystemExit returns None.",
        "and its result is the value None",
        in_workers(_IgnoresExits, _same),
    ),
    bad_pool(
        "FAULT-06",
        "tires-of-errors",
        "After five tasks that failed no result can be read.",
        "tasks that failed, task",
        _TiresOfErrors,
    ),
    bad_pool(
        "FAULT-07",
        "insists-on-initializing",
        "An initializer that fails is tried again, for ever.",
        "the initializer failed",
        _insisting,
    ),
    bad_pool(
        "FAULT-09",
        "raises-exits",
        "SystemExit raised in a task is raised at the reader of its result.",
        "in the caller, which ends it",
        _RaisesExits,
    ),
)
