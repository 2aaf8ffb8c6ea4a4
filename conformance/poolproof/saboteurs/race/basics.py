"""Wrong pools, locks, counters and queues."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterable
from typing import Any

from poolproof.drivers.base import OpenOptions
from poolproof.saboteurs.contexts import SpoiledContext, bad_context
from poolproof.saboteurs.honest import Spoiled, bad_pool


class _RunsSomeTwice(Spoiled):
    def __init__(self, options: OpenOptions) -> None:
        super().__init__(options)
        self._number = itertools.count(1)

    def apply_async(self, *args: Any, **options: Any) -> Any:
        if next(self._number) % 3 == 0:
            self.honest.apply_async(*args, **options)
        return self.honest.apply_async(*args, **options)


class _LosesLastOfMap(Spoiled):
    def map(self, func: Any, items: Iterable[Any], chunksize: int | None = None) -> Any:
        every = list(items)
        return [*self.honest.map(func, every[:-1], chunksize), *every[-1:]]


class _MixesUpThreads(Spoiled):
    def __init__(self, options: OpenOptions) -> None:
        super().__init__(options)
        self._last: tuple[int, Any] | None = None

    def apply_async(self, *args: Any, **options: Any) -> Any:
        result = self.honest.apply_async(*args, **options)
        me, last = threading.get_ident(), self._last
        self._last = (me, result)
        return last[1] if last is not None and last[0] != me else result


class NoLock:
    """Lets everybody in."""

    def acquire(self, *_: Any) -> bool:
        return True

    def release(self) -> None:
        pass

    def __enter__(self) -> bool:
        return True

    def __exit__(self, *_: object) -> None:
        pass


class _UnguardedValues(SpoiledContext):
    def Value(self, kind: Any, *args: Any) -> Any:
        return self.honest.Value(kind, *args, lock=NoLock())


class _OnePlaceTooMany(SpoiledContext):
    def BoundedSemaphore(self, value: int = 1) -> Any:
        return self.honest.BoundedSemaphore(value + 1)


class Queue:
    """An honest queue; picklable, so no __getattr__."""

    def __init__(self, honest: Any) -> None:
        self.honest = honest

    def put(self, item: Any) -> None:
        self.honest.put(item)

    def get(self) -> Any:
        return self.honest.get()

    def close(self) -> None:
        self.honest.close()

    def join_thread(self) -> None:
        if hasattr(self.honest, "join_thread"):  # a SimpleQueue has none
            self.honest.join_thread()


class _DropsEveryFifth(Queue):
    _number = 0

    def put(self, item: Any) -> None:
        self._number += 1
        if self._number % 5:
            self.honest.put(item)


class SwapsPairs(Queue):
    """Gives the second of two items first."""

    later: tuple[Any, ...] = ()

    def get(self) -> Any:
        if self.later:
            (item,), self.later = self.later, ()
            return item
        first = self.honest.get()
        second = None if first is None else self.honest.get()
        if second is None:
            self.later = () if first is None else (None,)
            return first
        self.later = (first,)
        return second


class _DroppingQueues(SpoiledContext):
    def SimpleQueue(self) -> Any:
        return _DropsEveryFifth(self.honest.SimpleQueue())


class _SwappingQueues(SpoiledContext):
    def SimpleQueue(self) -> Any:
        return SwapsPairs(self.honest.SimpleQueue())


SABOTEURS = (
    bad_pool(
        "RACE-01",
        "runs-some-twice",
        "Every third task that is submitted runs twice.",
        "ran more than once",
        _RunsSomeTwice,
    ),
    bad_pool(
        "RACE-01",
        "loses-the-last-of-a-map",
        "The last item of a map is returned as it is: its task never runs.",
        "never ran",
        _LosesLastOfMap,
    ),
    bad_context(
        "RACE-02",
        "leaves-values-unguarded",
        "The lock of a Value lets everybody in.",
        "added 1 under the lock",
        _UnguardedValues,
    ),
    bad_context(
        "RACE-03",
        "has-a-place-too-many",
        "A BoundedSemaphore lets in one more than it says.",
        "at the same time",
        _OnePlaceTooMany,
    ),
    bad_context(
        "RACE-04",
        "drops-every-fifth-item",
        "Every fifth item that a process puts on a SimpleQueue is lost.",
        "never came out of the queue",
        _DroppingQueues,
    ),
    bad_context(
        "RACE-04",
        "swaps-items",
        "A SimpleQueue gives the second of two items first.",
        "which was put earlier",
        _SwappingQueues,
    ),
    bad_pool(
        "RACE-05",
        "mixes-up-threads",
        "A thread's first result is that of the thread that submitted before it.",
        "expected '",
        _MixesUpThreads,
    ),
)
