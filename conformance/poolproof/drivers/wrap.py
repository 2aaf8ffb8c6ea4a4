"""Which generic driver a raw pool needs."""

from __future__ import annotations

from typing import Any

from poolproof.drivers import capabilities as can
from poolproof.drivers import executor, pool
from poolproof.drivers.base import Pool


class NotAPool(TypeError):
    """What a factory returned is neither like a pool nor like an executor."""


def wrap(raw: Any) -> Pool:
    """The driver for `raw`.

    Raises:
        NotAPool: it has neither apply_async() and map(), nor submit() and shutdown().
    """
    if _has(raw, "apply_async", "map"):
        return pool.PoolDriver(raw)
    if _has(raw, "submit", "shutdown"):
        return executor.ExecutorDriver(raw)
    raise NotAPool(
        f"{raw!r} is no pool: expected apply_async() and map(), like multiprocessing.Pool, "
        "or submit() and shutdown(), like concurrent.futures.Executor"
    )


def detect(driver: Pool) -> frozenset[str]:
    """The capabilities that the object under `driver` shows by its methods."""
    found = pool.detect if driver.kind == "pool" else executor.detect
    managed = {can.WITH} if hasattr(type(driver.raw), "__exit__") else frozenset()
    return found(driver.raw) | managed


def _has(raw: Any, *names: str) -> bool:
    return all(callable(getattr(raw, name, None)) for name in names)
