"""Windows before Python 3.13: wait for more objects than the 63 that one system call takes.

Pool-like programs hand ``multiprocessing.connection.wait`` the sentinels of all their processes
(https://github.com/python/cpython/issues/94242). Each further thread waits for 62 of them.
"""

from __future__ import annotations

import _overlapped  # type: ignore[import-not-found]
import _winapi
import sys
import threading
from collections.abc import Callable, Iterable
from typing import TypeAlias

assert sys.platform == "win32"

Wait: TypeAlias = Callable[[Iterable[int], int], list[int]]

_AT_ONCE = 63
_INFINITE = 0xFFFFFFFF


def unlimited(native: Wait) -> Wait:
    """A ``_exhaustive_wait`` of ``multiprocessing.connection`` that takes any number of handles."""

    def exhaustive_wait(handles: Iterable[int], timeout: int) -> list[int]:
        handles = list(handles)
        if len(handles) <= _AT_ONCE:
            return native(handles, timeout)
        size = _AT_ONCE - 1
        chunks = [handles[start : start + size] for start in range(0, len(handles), size)]
        if timeout:
            _wait_for_any(native, chunks, timeout)
        return [handle for chunk in chunks for handle in native(chunk, 0)]

    return exhaustive_wait


def _wait_for_any(native: Wait, chunks: list[list[int]], timeout: int) -> None:
    over = _overlapped.CreateEvent(None, True, False, None)

    def watch(chunk: list[int]) -> None:
        native([over, *chunk], _INFINITE)
        _overlapped.SetEvent(over)

    watchers = [threading.Thread(target=watch, args=(chunk,), daemon=True) for chunk in chunks]
    try:
        for watcher in watchers:
            watcher.start()
        native([over], timeout)  # by the thread that was asked: Ctrl-C interrupts it
    finally:
        _overlapped.SetEvent(over)
        for watcher in watchers:
            if watcher.ident is not None:
                watcher.join()
        _winapi.CloseHandle(over)
