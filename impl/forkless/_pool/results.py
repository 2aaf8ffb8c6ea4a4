"""AsyncResult and MapResult: what apply_async, map_async and starmap_async give back.

Guarantees
- A result settles once; every `get` gives the same object or raises the same exception.
- The outcome is unpickled in the thread of the first `get`, or in the callback thread if there is
  a callback; with one, the result is ready when the callback has returned, as in multiprocessing.
- A pending result keeps its pool alive.

Assumes: `settle` is called by one thread at a time, once for each index.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from multiprocessing import TimeoutError
from typing import Any

from .callbacks import CallbackThread
from .forking import forking
from .outcomes import Opened, open_outcome

Callback = Callable[[Any], object]


class AsyncResult:
    """The result of one call; the same surface as multiprocessing.pool.AsyncResult."""

    whole = True

    def __init__(
        self,
        pool: object,
        callbacks: CallbackThread,
        callback: Callback | None = None,
        error_callback: Callback | None = None,
    ) -> None:
        self._pool: object | None = pool
        self._callbacks = callbacks
        self._callback = callback
        self._error_callback = error_callback
        self._home = forking.pid
        self._done = False
        self._opened: Opened | None = None
        self._outcome: Any = None
        # Held until the result is ready, then by whoever unpickles it: one plain lock does for
        # both, and waiting on it costs a fifth of waiting on a threading.Event.
        self._gate = threading.Lock()
        self._gate.acquire()

    def ready(self) -> bool:
        """Whether the call has ended."""
        return self._done

    def successful(self) -> bool:
        """Whether it returned a value. ValueError when it has not ended."""
        if not self._done:
            raise ValueError(f"{self!r} not ready: call wait() or get() first")
        return self._open_once(None).success

    def wait(self, timeout: float | None = None) -> None:
        """Wait until the call has ended, at most `timeout` seconds."""
        if not self._done and self._pass_gate(timeout):
            self._gate.release()

    def get(self, timeout: float | None = None) -> Any:
        """The value, or the exception raised; multiprocessing.TimeoutError after `timeout` s."""
        opened = self._opened
        if opened is None:
            opened = self._open_once(timeout)
        if opened.success:
            return opened.value
        try:
            raise opened.value
        finally:
            del opened  # no cycle of exception, traceback and this frame

    def _open_once(self, timeout: float | None) -> Opened:
        if not self._pass_gate(timeout):
            raise TimeoutError
        try:
            if self._opened is None:
                self._opened = self._open()
            return self._opened
        finally:
            self._gate.release()

    def _pass_gate(self, timeout: float | None) -> bool:
        if self._gate.acquire(False):
            return True
        forking.check_home(self._home)
        if timeout is None:
            return self._gate.acquire()
        return self._gate.acquire(timeout=min(max(timeout, 0), threading.TIMEOUT_MAX))

    def claim(self) -> bool:
        return True

    def settle(self, first: int, outcomes: list[Any], plain: bool = False) -> None:
        (self._outcome,) = outcomes
        self._end()

    def _end(self) -> None:
        if self._callback is None and self._error_callback is None:
            self._release()
        else:
            self._callbacks.put(self._call_back)

    def _call_back(self) -> None:
        try:
            self._opened = self._open()
            call = self._callback if self._opened.success else self._error_callback
            if call is not None:
                call(self._opened.value)
        finally:
            self._callback = self._error_callback = None
            self._release()

    def _release(self) -> None:
        self._done = True
        self._gate.release()
        self._pool = None

    def _open(self) -> Opened:
        opened = open_outcome(self._outcome)
        self._outcome = None
        return opened


class MapResult(AsyncResult):
    """The results of many calls in order; the first failing one's exception stands for all.

    First by position, as a serial loop would have it, not by time.
    """

    def __init__(self, size: int, *args: Any) -> None:
        super().__init__(*args)
        self._outcomes: list[Any] = [None] * size
        self._left = size
        self._plain = True

    def settle(self, first: int, outcomes: list[Any], plain: bool = False) -> None:
        self._outcomes[first : first + len(outcomes)] = outcomes
        self._left -= len(outcomes)
        self._plain = self._plain and plain
        if not self._left:
            self._end()

    def settle_empty(self) -> None:
        """For a map over nothing."""
        self._end()

    def _open(self) -> Opened:
        outcomes, self._outcomes = self._outcomes, []
        if self._plain:
            return Opened(True, outcomes)
        values = []
        for outcome in outcomes:
            opened = open_outcome(outcome)
            if not opened.success:
                return opened
            values.append(opened.value)
        return Opened(True, values)
