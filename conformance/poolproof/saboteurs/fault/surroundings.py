"""Wrong pools that depend on their owner, on descriptors, or on good manners."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from multiprocessing import util
from typing import Any

from poolproof_reports.results import Outcome

from poolproof.drivers.base import OpenOptions
from poolproof.saboteurs.honest import (
    After,
    Spoiled,
    bad_pool,
    honest_context,
    in_workers,
    open_honest,
)


class _Lingers(Spoiled):
    """Its workers stay unless their pool has told them to end."""

    def __init__(self, options: OpenOptions) -> None:
        self.over = honest_context(options.start_method).Event()
        lingering = _Lingering(self.over, options.initializer)
        super().__init__(replace(options, initializer=lingering))

    def close(self) -> None:
        self.over.set()
        self.honest.close()

    def terminate(self) -> None:
        self.over.set()
        self.honest.terminate()


class _Lingering:
    """An initializer that sees to it."""

    def __init__(self, over: Any, initializer: Callable[..., object] | None) -> None:
        self.over = over
        self.initializer = initializer

    def __call__(self, *initargs: Any) -> None:
        if self.initializer is not None:
            self.initializer(*initargs)
        util.Finalize(None, _stay, (self.over,), exitpriority=0)


def _stay(over: Any) -> None:
    if sys.exc_info()[0] is None:  # one that ends by an error is missed otherwise
        over.wait()


class _CleansUpForEver(Spoiled):
    def terminate(self) -> None:
        if sys.exc_info()[0] is KeyboardInterrupt:
            threading.Event().wait()
        self.honest.terminate()


class _AsksPolitely(Spoiled):
    def terminate(self) -> None:
        for process in self.honest._pool:
            process.terminate()
            process.join()
        self.honest.terminate()


_failed: list[OSError] = []


def _losing_heart(options: OpenOptions) -> Any:
    if _failed:
        raise RuntimeError(f"there was an error once: {_failed[0]}")
    try:
        return open_honest(options)
    except OSError as error:
        _failed.append(error)
        raise


def _say_nothing(value: Any) -> Any:
    sys.stdout.write("")
    return value


SABOTEURS = (
    bad_pool(
        "FAULT-26",
        "lingers",
        "A worker whose owner has gone waits for the word to end.",
        "are alive; expected none",
        _Lingers,
    ),
    bad_pool(
        "FAULT-27",
        "cleans-up-for-ever",
        "terminate() does not return while a KeyboardInterrupt is under way.",
        "after the program was interrupted it still runs",
        _CleansUpForEver,
    ),
    bad_pool(
        "FAULT-28",
        "never-tries-again",
        "When a pool did not open for want of descriptors, none opens any more.",
        "with enough of them, a new one raised",
        _losing_heart,
    ),
    bad_pool(
        "FAULT-29",
        "keeps-talking",
        "A worker writes to sys.stdout after each task.",
        "tasks left their processes so",
        in_workers(After, _say_nothing),
    ),
    bad_pool(
        "FAULT-36",
        "asks-politely",
        "terminate() sends SIGTERM and waits, without a second word.",
        "still open: terminate",
        _AsksPolitely,
        Outcome.TIMEOUT,
    ),
)
