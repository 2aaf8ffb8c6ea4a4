"""Pools and processes that threads disturb."""

from __future__ import annotations

import multiprocessing
import time
from typing import Any

from poolproof.drivers.base import OpenOptions
from poolproof.saboteurs.contexts import SpoiledProcess, bad_processes
from poolproof.saboteurs.honest import Spoiled, SpoiledResult, bad_pool

_MOMENT_S = 0.005


class _Dropped(SpoiledResult):
    def get(self, timeout: float | None = None) -> Any:
        raise RuntimeError("the pool was closed")


class _DropsWhileClosing(Spoiled):
    def __init__(self, options: OpenOptions) -> None:
        super().__init__(options)
        self._closing = False

    def close(self) -> None:
        self._closing = True
        time.sleep(_MOMENT_S)
        self.honest.close()

    def apply_async(self, *args: Any, **options: Any) -> Any:
        result = self.honest.apply_async(*args, **options)
        return _Dropped(result) if self._closing else result


class _SharesAPlace(SpoiledProcess):
    """start() puts the process where another thread's start() finds it."""

    _place: Any = None

    def start(self) -> None:
        _SharesAPlace._place = self.honest
        time.sleep(_MOMENT_S)
        found = _SharesAPlace._place
        if found is not self.honest:
            self.honest = type(found)(target=found._target, args=found._args)
        self.honest.start()


class _StartsItsFirstAgain(SpoiledProcess):
    """What a child, and no main program, starts is always what it started first."""

    _first: tuple[Any, ...] = ()

    def start(self) -> None:
        if multiprocessing.parent_process() is not None:
            _StartsItsFirstAgain._first = _StartsItsFirstAgain._first or self.honest._args
            self.honest._args = _StartsItsFirstAgain._first
        self.honest.start()


SABOTEURS = (
    bad_pool(
        "RACE-13",
        "drops-while-closing",
        "A task that is accepted while close() is under way fails.",
        "was accepted while the pool was closed",
        _DropsWhileClosing,
    ),
    bad_processes(
        "RACE-14",
        "shares-a-place-among-starts",
        "Threads that start processes at once may start each other's.",
        "ran its target",
        _SharesAPlace,
    ),
    bad_processes(
        "RACE-20",
        "starts-its-first-child-again",
        "A child that starts several processes gives all of them the arguments of the first.",
        "ran its target",
        _StartsItsFirstAgain,
    ),
)
