"""pebble.ProcessPool."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from importlib import import_module, metadata
from typing import Any

from poolproof.drivers import capabilities as can
from poolproof.drivers.base import OpenOptions, Subject
from poolproof.drivers.builtin import native


class Executor:
    """pebble's pool in the words of an executor."""

    def __init__(self, o: OpenOptions) -> None:
        recycling = {} if o.max_tasks is None else {"max_tasks": o.max_tasks}
        self._pool = import_module("pebble").ProcessPool(
            max_workers=o.workers,
            initializer=o.initializer,
            initargs=list(o.initargs),
            context=multiprocessing.get_context(o.start_method),
            **recycling,
        )

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """`schedule`."""
        return self._pool.schedule(fn, args=args, kwargs=kwargs)

    def map(self, fn: Callable[..., Any], *items: Any, chunksize: int = 1) -> Any:
        """`map`, and its iterator."""
        return self._pool.map(fn, *items, chunksize=chunksize).result()

    def shutdown(self, wait: bool = True) -> None:
        """`close`, then `join`."""
        self._pool.close()
        if wait:
            self._pool.join()

    def terminate(self) -> None:
        """`stop`, then `join`."""
        self._pool.stop()
        self._pool.join()

    def __enter__(self) -> Executor:
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()


def subject() -> Subject:
    """pebble.ProcessPool."""
    return Subject(
        name="pebble",
        version=metadata.version("pebble"),
        open=Executor,
        start_methods=native.start_methods(),
        declares=native.PROCESS_POOL | native.SHARING | {can.RESTARTS},
        support_pids=native.support,
    )
