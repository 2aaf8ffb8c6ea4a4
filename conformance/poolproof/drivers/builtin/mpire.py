"""mpire.WorkerPool."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from importlib import import_module, metadata
from typing import Any

from poolproof.drivers import capabilities as can
from poolproof.drivers.base import OpenOptions, Subject
from poolproof.drivers.builtin import native


class Pool:
    """mpire's pool in the words of `multiprocessing.Pool`.

    mpire takes the initializer with each call, unpacks items that are tuples or dicts, and glues
    results that are arrays together: said here so that an item is one argument, and results a list.
    It also starts its workers again when asked after their end: here a closed pool stays closed.
    """

    def __init__(self, o: OpenOptions) -> None:
        # keep_alive: else the workers end with each map, which no pool of the rules does.
        self._pool = import_module("mpire").WorkerPool(
            n_jobs=o.workers, start_method=o.start_method, keep_alive=True
        )
        initialize = None if o.initializer is None else partial(o.initializer, *o.initargs)
        self._closed = False
        self._every_call = {"worker_init": initialize}
        self._every_map = {**self._every_call, "concatenate_numpy_output": False}

    def apply_async(
        self,
        fn: Callable[..., Any],
        args: tuple[Any, ...] = (),
        kwds: Mapping[str, Any] | None = None,
        **callbacks: Any,
    ) -> Any:
        """`apply_async`."""
        return self._running().apply_async(fn, args, kwds, **callbacks, **self._every_call)

    def map(
        self, fn: Callable[[Any], Any], items: Iterable[Any], chunksize: int | None = None
    ) -> list[Any]:
        """`map`."""
        rows = [(item,) for item in items]
        return list(self._running().map(fn, rows, chunk_size=chunksize, **self._every_map))

    def starmap(self, fn: Callable[..., Any], rows: Iterable[tuple[Any, ...]]) -> list[Any]:
        """`map`, which unpacks rows."""
        return list(self._running().map(fn, list(rows), **self._every_map))

    def imap(self, fn: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
        """`imap`."""
        found: Iterator[Any] = self._running().imap(fn, _rows(items), **self._every_call)
        return found

    def imap_unordered(self, fn: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
        """`imap_unordered`."""
        found: Iterator[Any] = self._running().imap_unordered(fn, _rows(items), **self._every_call)
        return found

    def close(self) -> None:
        """Take no more calls; `join` ends the workers once their tasks are done."""
        self._closed = True

    def join(self) -> None:
        """`stop_and_join`."""
        self._pool.stop_and_join()

    def terminate(self) -> None:
        """`terminate`."""
        self._closed = True
        self._pool.terminate()

    def _running(self) -> Any:
        if self._closed:
            raise ValueError("this pool is closed")
        return self._pool

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *_: object) -> None:
        self.terminate()


def _rows(items: Iterable[Any]) -> Any:
    rows = ((item,) for item in items)
    return list(rows) if hasattr(items, "__len__") else rows


def subject() -> Subject:
    """mpire.WorkerPool, with its workers kept alive between calls."""
    import_module("mpire")
    return Subject(
        name="mpire",
        version=metadata.version("mpire"),
        open=Pool,
        start_methods=native.start_methods(),
        # Recycling (worker_lifespan) is an option of maps alone.
        declares=native.SHARING | {can.PROCESSES, can.INITIALIZER},
        support_pids=native.support,
    )
