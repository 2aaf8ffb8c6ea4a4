"""Executor: the same pool core behind the surface of concurrent.futures.Executor."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from concurrent.futures import Executor as _Executor
from concurrent.futures import Future
from functools import partial
from multiprocessing.context import BaseContext
from multiprocessing.util import Finalize
from typing import Any, TypeVar

from ._pool import codec
from ._pool.batch import Batch, Call, Outcome, name_of
from ._pool.callbacks import CallbackThread
from ._pool.contexts import choose_context, usable_cpus
from ._pool.core import Core
from ._pool.ledger import State
from ._pool.outcomes import lost, open_outcome

T = TypeVar("T")

_numbers = itertools.count(1)


class _FutureSink:
    """Settles one future, in the callback thread, as its done-callbacks are the user's code."""

    def __init__(self, executor: Executor, callbacks: CallbackThread) -> None:
        self.future: Future[Any] = Future()
        self._executor: Executor | None = executor  # a pending future keeps its executor alive
        self._callbacks = callbacks

    def claim(self) -> bool:
        return self.future.set_running_or_notify_cancel()

    def settle(self, index: int, outcome: Outcome) -> None:
        self._callbacks.put(partial(self._settle, outcome))

    def _settle(self, outcome: Outcome) -> None:
        self._executor = None
        # A task that reached no worker was not claimed yet, and may be cancelled at this moment.
        if not self.future.running() and not self.future.set_running_or_notify_cancel():
            return
        opened = open_outcome(outcome)
        if opened.success:
            self.future.set_result(opened.value)
        else:
            self.future.set_exception(opened.value)


class Executor(_Executor):
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
        if self._core.state is not State.RUNNING:
            raise RuntimeError("cannot schedule new futures after shutdown")
        sink = _FutureSink(self, self._core.callbacks)
        try:
            payload = codec.dumps((fn, args, kwargs))
        except Exception as error:  # noqa: BLE001 - an argument's reducer may raise anything
            sink.settle(0, lost(error))
            return sink.future
        try:
            self._core.submit([Batch(sink, name_of(fn), Call.ALONE, b"", [payload])])
        except ValueError as error:  # shut down by another thread meanwhile
            raise RuntimeError("cannot schedule new futures after shutdown") from error
        return sink.future

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
