"""Factories for `--pool`, right and wrong ones."""

from __future__ import annotations

from multiprocessing.pool import ThreadPool

NUMBER = 7


def threads(workers: int) -> ThreadPool:
    return ThreadPool(workers)


threads.denies = {"processes"}  # type: ignore[attr-defined]


def secret_threads(workers: int) -> ThreadPool:
    """Does not say that it has no processes."""
    return ThreadPool(workers)


def returns_none(workers: int) -> None:
    return None


def raises(workers: int) -> ThreadPool:
    raise RuntimeError("no more tea")


def takes_nothing() -> ThreadPool:
    return ThreadPool(2)
