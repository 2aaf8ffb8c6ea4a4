"""The thread that runs users' callbacks, so that a slow one delays other callbacks and no more.

Guarantees: calls run one after the other, in order; an exception goes to `threading.excepthook`
and the next call runs; nothing is started before the first call.
Assumes: `put` comes from the manager thread or a submitting thread, `finish` once, last.
"""

from __future__ import annotations

import queue
import sys
import threading
from collections.abc import Callable


class CallbackThread:
    def __init__(self, name: str) -> None:
        self._name = name
        self._calls: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def put(self, call: Callable[[], None]) -> None:
        self._calls.put(call)
        if self._thread is None:
            with self._lock:
                if self._thread is None:
                    self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                    self._thread.start()

    def finish(self) -> None:
        """Let the thread end after the calls it already has."""
        self._calls.put(None)

    def join(self) -> None:
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join()

    def _run(self) -> None:
        while (call := self._calls.get()) is not None:
            try:
                call()
            except BaseException:  # noqa: BLE001 - a callback may raise anything
                kind, error, trace = sys.exc_info()
                args = (kind, error, trace, threading.current_thread())
                threading.excepthook(threading.ExceptHookArgs(args))
            call = None  # keep no result alive while waiting
