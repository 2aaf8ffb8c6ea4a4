"""Pool: the whole surface of multiprocessing.Pool over a core in which a death harms one task.

Differences from multiprocessing.Pool, each on purpose
- A worker that dies fails the task it ran with `WorkerDied`; multiprocessing waits for ever
  (https://github.com/python/cpython/issues/66587).
- An initializer that raises or dies fails the pool with `InitializerFailed`; multiprocessing
  respawns for ever (https://github.com/python/cpython/issues/87472).
- A chunk is transport only: an exception in it does not keep its neighbours from running, and the
  exception that a map raises is the first by position, not by time.
- imap takes its input as workers get free, not all at once.

All calls take two limits, each task its own
- timeout: seconds with a worker. One that is not done by then is killed with its worker, also if
  that is stopped, and fails with `TaskTimeout`. Such tasks travel one by one, whatever chunksize.
- retries: how often the task may be run again when its worker died or it timed out. Only for tasks
  that are safe to repeat; one that raises is never repeated.
"""

from __future__ import annotations

import itertools
import threading
import warnings
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from multiprocessing.context import BaseContext
from multiprocessing.util import Finalize
from types import TracebackType
from typing import Any

from . import sharing
from ._pool.batch import Batch, Call, name_of
from ._pool.calls import Mapped, mapped, refusal, single
from ._pool.contexts import choose_context, usable_cpus
from ._pool.core import Core
from ._pool.errors import (
    ArgumentNotPicklable,
    InitializerFailed,
    PoolError,
    PoolTerminated,
    ResultNotPicklable,
    TaskExited,
    TaskTimeout,
    WorkerDied,
)
from ._pool.ledger import State
from ._pool.limits import UNLIMITED, Limits
from ._pool.outcomes import lost
from ._pool.results import AsyncResult, Callback, MapResult
from ._pool.streams import Results, Stream, UnorderedStream, checked_buffersize, feed

__all__ = [
    "ArgumentNotPicklable",
    "AsyncResult",
    "InitializerFailed",
    "Pool",
    "PoolError",
    "PoolTerminated",
    "ResultNotPicklable",
    "TaskExited",
    "TaskTimeout",
    "WorkerDied",
]

_CHUNKS_PER_WORKER = 4  # of a map without chunksize, as in multiprocessing
_AHEAD_PER_WORKER = 4  # chunks of an imap without buffersize
_numbers = itertools.count(1)

Function = Callable[..., Any]
_TENSORS = ("values", "share")


def _batches(calls: Mapped, items: Sequence[Any], first: int, size: int) -> list[Batch]:
    return list(calls.batches(items, first, size))


class Pool:
    """A pool of worker processes; the surface of `multiprocessing.pool.Pool`.

    processes: number of workers, by default the processors this process may use.
    initializer, initargs: called in each worker before its first task.
    maxtasksperchild: chunks after which a worker is replaced (a chunk counts once, as in
        multiprocessing; `apply` and `imap` by default send chunks of one).
    mp_context (or `context`): a start method's name or a context; by default multiprocessing's
        default context.
    tensors: "values", or "share" as torch.multiprocessing does: a CPU tensor that is sent moves to
        shared memory, and whoever has it sees what the others write.

    Raises ValueError or TypeError for bad arguments, and whatever starting a process raises.
    """

    # How calls are pickled; a pool that shares tensors has others in their place.
    _single: Callable[..., list[Batch]] = staticmethod(single)
    _mapped: Callable[..., Mapped] = staticmethod(mapped)
    _batches: Callable[..., list[Batch]] = staticmethod(_batches)

    def __init__(
        self,
        processes: int | None = None,
        initializer: Function | None = None,
        initargs: Iterable[Any] = (),
        maxtasksperchild: int | None = None,
        context: BaseContext | str | None = None,
        *,
        mp_context: BaseContext | str | None = None,
        tensors: str = "values",
    ) -> None:
        size = usable_cpus() if processes is None else processes
        if size < 1:
            raise ValueError(f"Number of processes must be at least 1, not {size}")
        if maxtasksperchild is not None and (
            not isinstance(maxtasksperchild, int) or maxtasksperchild < 1
        ):
            raise ValueError(
                f"maxtasksperchild must be a positive int or None, not {maxtasksperchild!r}"
            )
        if initializer is not None and not callable(initializer):
            raise TypeError(f"initializer must be a callable, not {initializer!r}")
        if tensors not in _TENSORS:
            raise ValueError(f"tensors must be one of {_TENSORS}, not {tensors!r}")
        if tensors == "share":
            initializer = partial(sharing.begin_aliasing, initializer)
            self._single = sharing.aliasing(single)
            self._mapped = sharing.aliasing(mapped)
            self._batches = sharing.aliasing(_batches)
        chosen = choose_context(mp_context if mp_context is not None else context)
        name = f"forkless-pool-{next(_numbers)}"
        self._core = Core(chosen, size, initializer, initargs, maxtasksperchild, name)
        self._core.start()
        self._finalizer = Finalize(self, self._core.request_termination)

    # -- one call -----------------------------------------------------------------------------

    def apply(
        self,
        func: Function,
        args: Iterable[Any] = (),
        kwds: dict[str, Any] | None = None,
        *,
        timeout: float | None = None,
        retries: int = 0,
    ) -> Any:
        """`func(*args, **kwds)` in a worker; returns its value or raises its exception."""
        if timeout is not None or retries:
            return self.apply_async(func, args, kwds, timeout=timeout, retries=retries).get()
        core = self._core
        core.check_open()
        result = AsyncResult(self, core.callbacks)
        core.call(self._single(result, func, tuple(args), kwds or {}, UNLIMITED, core.arena))
        return result.get()

    def apply_async(
        self,
        func: Function,
        args: Iterable[Any] = (),
        kwds: dict[str, Any] | None = None,
        callback: Callback | None = None,
        error_callback: Callback | None = None,
        *,
        timeout: float | None = None,
        retries: int = 0,
    ) -> AsyncResult:
        """Like `apply`, at once: the arguments are pickled now, the result is asked for later.

        A pickling error comes out of `get()`, as in multiprocessing.
        """
        limits = UNLIMITED if timeout is None and not retries else Limits.checked(timeout, retries)
        core = self._core
        core.check_open()
        result = AsyncResult(self, core.callbacks, callback, error_callback)
        core.submit(self._single(result, func, tuple(args), kwds or {}, limits, core.arena))
        return result

    # -- many calls ---------------------------------------------------------------------------

    def map(
        self,
        func: Function,
        iterable: Iterable[Any],
        chunksize: int | None = None,
        *,
        timeout: float | None = None,
        retries: int = 0,
    ) -> Any:
        """`[func(x) for x in iterable]`, in order."""
        limits = Limits.checked(timeout, retries)
        return self._map(Call.ITEM, func, iterable, chunksize, limits).get()

    def map_async(
        self,
        func: Function,
        iterable: Iterable[Any],
        chunksize: int | None = None,
        callback: Callback | None = None,
        error_callback: Callback | None = None,
        *,
        timeout: float | None = None,
        retries: int = 0,
    ) -> AsyncResult:
        """Like `map`, at once; the iterable is consumed now."""
        limits = Limits.checked(timeout, retries)
        return self._map(Call.ITEM, func, iterable, chunksize, limits, callback, error_callback)

    def starmap(
        self,
        func: Function,
        iterable: Iterable[Iterable[Any]],
        chunksize: int | None = None,
        *,
        timeout: float | None = None,
        retries: int = 0,
    ) -> Any:
        """`[func(*x) for x in iterable]`, in order."""
        limits = Limits.checked(timeout, retries)
        return self._map(Call.STARRED, func, iterable, chunksize, limits).get()

    def starmap_async(
        self,
        func: Function,
        iterable: Iterable[Iterable[Any]],
        chunksize: int | None = None,
        callback: Callback | None = None,
        error_callback: Callback | None = None,
        *,
        timeout: float | None = None,
        retries: int = 0,
    ) -> AsyncResult:
        """Like `starmap`, at once; the iterable is consumed now."""
        limits = Limits.checked(timeout, retries)
        return self._map(Call.STARRED, func, iterable, chunksize, limits, callback, error_callback)

    def _map(
        self,
        call: Call,
        func: Function,
        iterable: Iterable[Any],
        chunksize: int | None,
        limits: Limits,
        callback: Callback | None = None,
        error_callback: Callback | None = None,
    ) -> AsyncResult:
        core = self._core
        core.check_open()
        # A range travels as one, and so costs nothing until a worker counts it out.
        items = iterable if type(iterable) is range else list(iterable)
        size = _checked(chunksize) or -(-len(items) // (core.size * _CHUNKS_PER_WORKER)) or 1
        callbacks = (core.callbacks, callback, error_callback)
        result = MapResult(len(items), self, *callbacks)
        try:
            calls = self._mapped(result, call, func, limits, core.arena)
        except Exception as error:  # noqa: BLE001 - a callable's reducer may raise anything
            failed = AsyncResult(self, *callbacks)
            failed.settle(0, [lost(refusal(func, error))])
            return failed
        if not items:
            result.settle_empty()
        core.submit(self._batches(calls, items, 0, size))
        return result

    # -- iterators ----------------------------------------------------------------------------

    def imap(
        self,
        func: Function,
        iterable: Iterable[Any],
        chunksize: int = 1,
        *,
        buffersize: int | None = None,
        timeout: float | None = None,
        retries: int = 0,
    ) -> Results:
        """The results of `map` one by one, in order, while the input is still being consumed.

        The input is consumed as workers get free. buffersize: consume no further while that many
        results were not taken from the iterator, as in `concurrent.futures.Executor.map` (3.14);
        for input without an end. Then `join()` waits until the iterator was read or dropped.
        """
        limits = Limits.checked(timeout, retries)
        return self._stream(Stream, func, iterable, chunksize, buffersize, limits)

    def imap_unordered(
        self,
        func: Function,
        iterable: Iterable[Any],
        chunksize: int = 1,
        *,
        buffersize: int | None = None,
        timeout: float | None = None,
        retries: int = 0,
    ) -> Results:
        """Like `imap`, each result as soon as it is there."""
        limits = Limits.checked(timeout, retries)
        return self._stream(UnorderedStream, func, iterable, chunksize, buffersize, limits)

    def _stream(
        self,
        kind: type[Stream],
        func: Function,
        iterable: Iterable[Any],
        chunksize: int,
        buffersize: int | None,
        limits: Limits,
    ) -> Results:
        size = _checked(chunksize) or 1
        bounded = checked_buffersize(buffersize) is not None
        core = self._core
        ahead = buffersize or core.size * _AHEAD_PER_WORKER * size
        stream = kind(self, ahead, bounded)
        core.open_stream(stream)
        results = Results(stream, core.post if bounded else None)
        try:
            calls = self._mapped(stream, Call.ITEM, func, limits, core.arena)
        except Exception as error:  # noqa: BLE001 - a callable's reducer may raise anything
            stream.end(0, refusal(func, error))
            core.close_stream(stream)
            return results

        def send(items: list[Any], first: int) -> None:
            core.submit(self._batches(calls, items, first, size), feeding=True)

        def run() -> None:
            try:
                feed(stream, iterable, min(size, ahead), send)
            finally:
                core.close_stream(stream)

        threading.Thread(target=run, name=f"forkless-feed-{name_of(func)}", daemon=True).start()
        return results

    # -- the pool itself ----------------------------------------------------------------------

    def resize(self, processes: int) -> None:
        """Have that many workers from now on; the change is under way when this returns.

        More are started at once. Fewer: idle workers end now, busy ones when they are done with
        their chunk; no running task is harmed. ValueError below 1, and when the pool was closed.
        """
        self._core.resize(processes)

    def close(self) -> None:
        """Take no more tasks; the workers end when all tasks have."""
        self._core.close()

    def terminate(self) -> None:
        """Kill the workers now; every pending `get()` raises PoolTerminated."""
        self._core.terminate()

    def join(self) -> None:
        """Wait for the workers to end. ValueError before `close` or `terminate`."""
        if self._core.state is State.RUNNING:
            raise ValueError("Pool is still running: call close() or terminate() first")
        self._core.join()

    def __enter__(self) -> Pool:
        self._core.check_open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.terminate()

    # At exit the names of this module may be gone already.
    def __del__(self, _running: State = State.RUNNING, _warn: Any = warnings.warn) -> None:
        core = getattr(self, "_core", None)
        if core is not None and core.state is _running:
            _warn(
                f"unclosed running multiprocessing pool {self!r}: call close() and join(), or use "
                "it in a with statement",
                ResourceWarning,
                stacklevel=2,
                source=self,
            )

    def __reduce__(self) -> Any:
        raise NotImplementedError(
            "pool objects cannot be passed between processes or pickled; make a pool there"
        )

    def __repr__(self) -> str:
        core = self._core
        return (
            f"<{type(self).__module__}.{type(self).__qualname__} {core.state.value} "
            f"processes={core.size}>"
        )

    @property
    def _pool(self) -> list[Any]:
        """The worker processes, under the name by which tools find them in multiprocessing."""
        return self._core.processes()


def _checked(chunksize: int | None) -> int | None:
    if chunksize is not None and chunksize < 1:
        raise ValueError(f"chunksize must be at least 1 or None, not {chunksize}")
    return chunksize
