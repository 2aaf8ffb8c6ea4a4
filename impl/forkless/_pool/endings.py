"""Endings: why tasks of a pool that is over have no result, and how they are told."""

from __future__ import annotations

from collections.abc import Callable

from .batch import Batch, Outcome
from .errors import InitializerFailed, PoolError, PoolTerminated
from .outcomes import lost


def terminated() -> Outcome:
    return lost(PoolTerminated("the pool was terminated before this task had a result"))


def broken(reason: str) -> Outcome:
    return lost(PoolError(f"the pool's manager thread ended with {reason}: make a new pool"))


def not_startable(attempts: int, reason: str, error: Exception | None) -> Outcome:
    failed = InitializerFailed(
        f"{reason}, {attempts} times in a row: the pool gives up; see the worker's standard "
        "error, and whether the initializer and __main__ can run in a new process"
    )
    failed.__cause__ = error
    return lost(failed)


def settle_all(batch: Batch, outcome: Callable[[], Outcome]) -> None:
    """Each task gets an exception of its own: they collect tracebacks where they are raised."""
    if batch.payloads:
        batch.sink.settle(batch.first, [outcome() for _ in batch.payloads])
