"""Let locks, events, queues, arrays and values be pickled outside of ``Process.start()`` as well.

multiprocessing refuses ("should only be shared between processes through inheritance") because it
does not know where the pickle goes. A courier stands in for the process: what it hands out can be
taken over by any process of the tree, as long as the object that was pickled is alive.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import context
from typing import Any, TypeVar

from .system import courier

T = TypeVar("T")

_courier = courier.Courier()
_courier_of_kept = courier.CourierOfKept()

# Set in workers: nobody waits for what becomes of a result, so what it shares goes along by itself.
gives_away = False


class _Here(threading.local):
    aliasing = False  # whether tensors that this thread pickles move to shared memory


here = _Here()


def aliasing(function: Callable[..., T]) -> Callable[..., T]:
    """*function*, and the tensors that it pickles are shared with whoever gets them."""

    def call(*args: Any) -> T:
        here.aliasing = True
        try:
            return function(*args)
        finally:
            here.aliasing = False

    return call


def begin_aliasing(initializer: Callable[..., object] | None, *args: Any) -> None:
    """For a worker: from now on its results are shared.

    Not on Windows, unless they are already: what torch shares there is gone when its sender drops
    it, which a worker does with a result.
    """
    here.aliasing = sys.platform != "win32"
    if initializer is not None:
        initializer(*args)


@contextmanager
def in_flight() -> Iterator[None]:
    """What this thread pickles meanwhile may hold synchronization objects and shared memory.

    Whoever pickles it keeps it until it has arrived.
    """
    before = context.get_spawning_popen()
    context.set_spawning_popen(_courier_of_kept)  # type: ignore[arg-type]
    try:
        yield
    finally:
        context.set_spawning_popen(before)


def refused(error: RuntimeError) -> bool:
    """Whether multiprocessing raised it, since what was pickled holds one of those objects."""
    return "through inheritance" in str(error)


def always(native: Callable[[], Any]) -> Callable[[], Any]:
    """A ``get_spawning_popen`` that answers the courier where nothing is being spawned."""

    def get_spawning_popen() -> Any:
        return native() or _courier

    return get_spawning_popen
