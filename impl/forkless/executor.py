"""Executor: the same pool core behind the surface of concurrent.futures.Executor."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor as _Executor
from concurrent.futures import Future
from functools import partial
from multiprocessing.context import BaseContext
from multiprocessing.util import Finalize
from typing import Any, TypeVar

from ._pool.bounded_map import bounded_map
from ._pool.callbacks import CallbackThread
from ._pool.calls import single
from ._pool.contexts import choose_context, usable_cpus
from ._pool.core import Core
from ._pool.futures import PoolFuture
from ._pool.ledger import State
from ._pool.limits import UNLIMITED, Limits
from ._pool.outcomes import open_outcome
from ._pool.streams import checked_buffersize

T = TypeVar("T")

_numbers = itertools.count(1)


class _FutureSink:
    """Settles one future, in the callback thread, as its done-callbacks are the user's code."""

    whole = True

    def __init__(self, executor: Executor, callbacks: CallbackThread) -> None:
        self.future = PoolFuture()
        self._executor: Executor | None = executor  # a pending future keeps its executor alive
        self._callbacks = callbacks

    def claim(self) -> bool:
        return self.future.set_running_or_notify_cancel()

    def settle(self, first: int, outcomes: list[Any], plain: bool = False) -> None:
        self._callbacks.put(partial(self._settle, *outcomes))

    def _settle(self, outcome: Any) -> None:
        self._executor = None
        # A task that reached no worker was not claimed yet, and may be cancelled at this moment.
        if not self.future.running() and not self.future.set_running_or_notify_cancel():
            return
        opened = open_outcome(outcome)
        if opened.success:
            self.future.set_result(opened.value)
        else:
            self.future.set_exception(opened.value)


class _Face(_Executor):
    """What all executors here have of Executor.map's newest form."""

    def map(
        self,
        fn: Callable[..., T],
        *iterables: Iterable[Any],
        timeout: float | None = None,
        chunksize: int = 1,
        buffersize: int | None = None,
    ) -> Iterator[T]:
        """As `concurrent.futures.Executor.map` of Python 3.14, on every version.

        timeout: seconds from now until a result is asked for in vain (TimeoutError).
        chunksize: without effect, as each task is dispatched alone. buffersize: how many tasks are
        submitted at most whose results were not taken yet.
        """
        checked_buffersize(buffersize)
        if buffersize is None:
            return super().map(fn, *iterables, timeout=timeout, chunksize=chunksize)
        return bounded_map(partial(self.submit, fn), iterables, timeout, buffersize)


class Executor(_Face):
    """Worker processes for `submit` and `map`; arguments as concurrent.futures has them.

    Unlike ProcessPoolExecutor, a worker that dies fails the future it ran (`WorkerDied`) and no
    other, and SystemExit in a task arrives as `TaskExited`.
    max_tasks_per_child: tasks after which a worker is replaced, with every start method.
    """

    def __init__(
        self,
        max_workers: int | None = None,
        mp_context: BaseContext | str | None = None,
        initializer: Callable[..., object] | None = None,
        initargs: Iterable[Any] = (),
        *,
        max_tasks_per_child: int | None = None,
    ) -> None:
        size = usable_cpus() if max_workers is None else max_workers
        if size < 1:
            raise ValueError(f"max_workers must be greater than 0, not {size}")
        if max_tasks_per_child is not None and max_tasks_per_child < 1:
            raise ValueError(f"max_tasks_per_child must be >= 1, not {max_tasks_per_child}")
        if initializer is not None and not callable(initializer):
            raise TypeError(f"initializer must be a callable, not {initializer!r}")
        self._core = Core(
            choose_context(mp_context),
            size,
            initializer,
            initargs,
            max_tasks_per_child,
            f"forkless-executor-{next(_numbers)}",
        )
        self._core.start()
        # Like a ProcessPoolExecutor that is dropped: what was submitted still runs.
        self._finalizer = Finalize(self, self._core.request_close)

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Schedule `fn(*args, **kwargs)`. RuntimeError after shutdown."""
        return self._submit(UNLIMITED, fn, args, kwargs)

    def options(self, *, timeout: float | None = None, retries: int = 0) -> LimitedExecutor:
        """This executor for tasks with limits: `executor.options(timeout=5).submit(fn, x)`.

        timeout: seconds with a worker; a task that is not done by then is killed with its worker
        and fails with `TaskTimeout`. retries: how often it may be run again when its worker died or
        it timed out, for tasks that are safe to repeat.
        """
        return LimitedExecutor(self, Limits.checked(timeout, retries))

    def _submit(
        self, limits: Limits, fn: Callable[..., T], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Future[T]:
        if self._core.state is not State.RUNNING:
            raise RuntimeError("cannot schedule new futures after shutdown")
        sink = _FutureSink(self, self._core.callbacks)
        try:
            self._core.submit(single(sink, fn, args, kwargs, limits, self._core.arena))
        except ValueError as error:  # shut down by another thread meanwhile, or this is a fork
            raise RuntimeError(f"cannot schedule new futures: {error}") from error
        return sink.future

    def resize(self, max_workers: int) -> None:
        """Have that many workers from now on, as `Pool.resize`."""
        self._core.resize(max_workers)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take no more tasks; `cancel_futures` cancels those that no worker has begun."""
        self._core.close()
        if cancel_futures:
            for batch in self._core.withdraw():
                future = batch.sink.future  # type: ignore[attr-defined]
                future.cancel()
                future.set_running_or_notify_cancel()
        if wait:
            self._core.join()


class LimitedExecutor(_Face):
    """An executor whose tasks have limits; what `Executor.options` gives back."""

    def __init__(self, executor: Executor, limits: Limits) -> None:
        self._executor = executor
        self._limits = limits

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Schedule `fn(*args, **kwargs)`. RuntimeError after shutdown."""
        return self._executor._submit(self._limits, fn, args, kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Shut the executor itself down."""
        self._executor.shutdown(wait, cancel_futures=cancel_futures)
