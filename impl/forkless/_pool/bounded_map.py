"""Executor.map over input without an end: `buffersize=` of Python 3.14, on every version.

Source: https://docs.python.org/3.14/library/concurrent.futures.html#executor-objects
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from itertools import islice
from typing import Any, TypeVar

T = TypeVar("T")


def bounded_map(
    submit: Callable[..., Future[T]],
    iterables: Iterable[Iterable[Any]],
    timeout: float | None,
    buffersize: int,
) -> Iterator[T]:
    """Submit `buffersize` calls now, and each further one when a result is taken."""
    end = None if timeout is None else time.monotonic() + timeout
    # `strict` is False as in `map()`: the shortest input ends all.
    arguments = zip(*iterables, strict=False)
    futures = deque(submit(*args) for args in islice(arguments, buffersize))

    def results() -> Iterator[T]:
        try:
            while futures:
                left = None if end is None else end - time.monotonic()
                value = futures[0].result(left)
                futures.popleft()
                futures.extend(submit(*args) for args in islice(arguments, 1))
                yield value
        finally:
            for future in futures:
                future.cancel()

    return results()
