"""Factories for `--pool`, right and wrong ones."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from multiprocessing.connection import Connection
from multiprocessing.pool import ThreadPool
from threading import Lock
from typing import Any

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


class RunsAgain(ThreadPoolExecutor):
    """Runs each task in a process of its own, and again in another if that one dies."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        return super().submit(_until_done, fn, args, kwargs)


_forking = Lock()  # no fork holds the end of a pipe that another one's death must close


def _until_done(fn: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    fork = multiprocessing.get_context("fork")
    while True:
        with _forking:
            ours, theirs = fork.Pipe(duplex=False)
            process = fork.Process(target=_tell, args=(theirs, fn, args, kwargs), daemon=True)
            process.start()
            theirs.close()
        with ours:
            try:
                return ours.recv()
            except EOFError:
                continue
            finally:
                process.join()


def _tell(theirs: Connection, fn: Callable[..., Any], args: Any, kwargs: Any) -> None:
    theirs.send(fn(*args, **kwargs))


def runs_again(workers: int) -> RunsAgain:
    return RunsAgain(workers)
