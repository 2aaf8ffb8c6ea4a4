"""Wrong pools, locks, counters and queues."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterable
from typing import Any

from poolproof.drivers.base import OpenOptions
from poolproof.saboteurs.contexts import SpoiledContext, with_context
from poolproof.saboteurs.honest import Spoiled, disguised
from poolproof.saboteurs.record import Saboteur


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


class _NoLock:
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
        return self.honest.Value(kind, *args, lock=_NoLock())


class _OnePlaceTooMany(SpoiledContext):
    def BoundedSemaphore(self, value: int = 1) -> Any:
        return self.honest.BoundedSemaphore(value + 1)


class _Queue:
    """An honest queue; picklable, so no __getattr__."""

    def __init__(self, honest: Any) -> None:
        self.honest = honest

    def put(self, item: Any) -> None:
        self.honest.put(item)

    def get(self) -> Any:
        return self.honest.get()

    def close(self) -> None:
        self.honest.close()


class _DropsEveryFifth(_Queue):
    _number = 0

    def put(self, item: Any) -> None:
        self._number += 1
        if self._number % 5:
            self.honest.put(item)


class _SwapsPairs(_Queue):
    _later: tuple[Any, ...] = ()

    def get(self) -> Any:
        if self._later:
            (item,), self._later = self._later, ()
            return item
        first = self.honest.get()
        second = None if first is None else self.honest.get()
        if second is None:
            self._later = () if first is None else (None,)
            return first
        self._later = (first,)
        return second


class _DroppingQueues(SpoiledContext):
    def SimpleQueue(self) -> Any:
        return _DropsEveryFifth(self.honest.SimpleQueue())


class _SwappingQueues(SpoiledContext):
    def SimpleQueue(self) -> Any:
        return _SwapsPairs(self.honest.SimpleQueue())


SABOTEURS = (
    Saboteur(
        name="runs-some-twice",
        fault="Every third task that is submitted runs twice.",
        rule="RACE-01",
        says="ran more than once",
        subject=disguised("runs-some-twice", _RunsSomeTwice),
    ),
    Saboteur(
        name="loses-the-last-of-a-map",
        fault="The last item of a map is returned as it is: its task never runs.",
        rule="RACE-01",
        says="never ran",
        subject=disguised("loses-the-last-of-a-map", _LosesLastOfMap),
    ),
    Saboteur(
        name="leaves-values-unguarded",
        fault="The lock of a Value lets everybody in.",
        rule="RACE-02",
        says="added 1 under the lock",
        subject=with_context("leaves-values-unguarded", _UnguardedValues),
    ),
    Saboteur(
        name="has-a-place-too-many",
        fault="A BoundedSemaphore lets in one more than it says.",
        rule="RACE-03",
        says="at the same time",
        subject=with_context("has-a-place-too-many", _OnePlaceTooMany),
    ),
    Saboteur(
        name="drops-every-fifth-item",
        fault="Every fifth item that a process puts on a SimpleQueue is lost.",
        rule="RACE-04",
        says="never came out of the queue",
        subject=with_context("drops-every-fifth-item", _DroppingQueues),
    ),
    Saboteur(
        name="swaps-items",
        fault="A SimpleQueue gives the second of two items first.",
        rule="RACE-04",
        says="which was put earlier",
        subject=with_context("swaps-items", _SwappingQueues),
    ),
    Saboteur(
        name="mixes-up-threads",
        fault="A thread's first result is that of the thread that submitted before it.",
        rule="RACE-05",
        says="expected '",
        subject=disguised("mixes-up-threads", _MixesUpThreads),
    ),
)
