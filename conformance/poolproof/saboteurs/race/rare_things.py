"""Pools, queues and arrays that fail once in a thousand operations."""

from __future__ import annotations

import time
from typing import Any

from poolproof.saboteurs.contexts import SpoiledContext
from poolproof.saboteurs.data.spoiling import is_array
from poolproof.saboteurs.honest import Before, Spoiled, bad_pool, in_workers
from poolproof.saboteurs.race.basics import Queue, SwapsPairs
from poolproof.saboteurs.race.rarely import rare, rare_context, rarely
from poolproof.saboteurs.race.visibility import Array, SpoiledArrays


class _SometimesTwice(Spoiled):
    def apply_async(self, *args: Any, **options: Any) -> Any:
        if rarely():
            self.honest.apply_async(*args, **options)
        return self.honest.apply_async(*args, **options)


class _SometimesMixesUp(Spoiled):
    _last: Any = None

    def apply_async(self, *args: Any, **options: Any) -> Any:
        result = self.honest.apply_async(*args, **options)
        last, self._last = self._last, result
        return last if last is not None and rarely() else result


class _Drops(Queue):
    def put(self, item: Any) -> None:
        if item is None or not rarely():
            self.honest.put(item)


class _Doubles(Queue):
    def put(self, item: Any) -> None:
        self.honest.put(item)
        if item is not None and rarely():
            self.honest.put(item)


class _Swaps(SwapsPairs):
    def get(self) -> Any:
        return super().get() if self.later or rarely() else self.honest.get()


class _DroppingQueues(SpoiledContext):
    spoiled: type[Queue] = _Drops

    def Queue(self, maxsize: int = 0) -> Any:
        return self.spoiled(self.honest.Queue(maxsize))

    def JoinableQueue(self, maxsize: int = 0) -> Any:
        return self.spoiled(self.honest.JoinableQueue(maxsize))

    def SimpleQueue(self) -> Any:
        return self.spoiled(self.honest.SimpleQueue())


class _DoublingQueues(_DroppingQueues):
    spoiled = _Doubles


class _SwappingQueues(_DroppingQueues):
    spoiled = _Swaps


class _SometimesStale(Array):
    _copy: list[Any] | None = None

    def __iter__(self) -> Any:
        before, self._copy = self._copy, list(self.honest)
        return iter(before if before and rarely() else self._copy)


class _SometimesTorn(Array):
    def __setitem__(self, place: Any, value: Any) -> None:
        if isinstance(place, int) and rarely():
            self.honest[place] = self.honest[place] & ~0xFF | value & 0xFF
            time.sleep(0.0005)
        self.honest[place] = value


class _StaleArrays(SpoiledArrays):
    spoiled = _SometimesStale


class _TornArrays(SpoiledArrays):
    spoiled = _SometimesTorn


_last: dict[int, Any] = {}


def _into_the_last(value: Any) -> Any:
    """Once in a thousand, the last array of the same size is where this one arrives."""
    if not is_array(value):
        return value
    block = _last.get(value.nbytes)
    if block is None or not rarely():
        block = _last[value.nbytes] = value.copy()
    block[...] = value
    return block[:]


SABOTEURS = (
    rare(
        bad_pool(
            "RACE-01",
            "seldom-runs-twice",
            "One submitted task in a thousand runs twice.",
            "ran more than once",
            _SometimesTwice,
        )
    ),
    rare(
        bad_pool(
            "RACE-05",
            "seldom-mixes-up-threads",
            "One submission in a thousand gets the result of the one before.",
            "expected '",
            _SometimesMixesUp,
        )
    ),
    rare(
        bad_pool(
            "RACE-18",
            "seldom-reuses-a-block",
            "One argument in a thousand lies in the block of the last one of its size.",
            "a worker kept the argument",
            in_workers(Before, _into_the_last),
        )
    ),
    rare_context(
        "RACE-04",
        "seldom-drops-an-item",
        "One item in a thousand is lost.",
        "never came out of the queue",
        _DroppingQueues,
    ),
    rare_context(
        "RACE-04",
        "seldom-doubles-an-item",
        "One item in a thousand is put twice.",
        "came out of the queue more than once",
        _DoublingQueues,
    ),
    rare_context(
        "RACE-10",
        "seldom-swaps-items",
        "One item in a thousand comes out after the one that follows it.",
        "was ahead of",
        _SwappingQueues,
    ),
    rare_context(
        "RACE-11",
        "seldom-shows-an-older-copy",
        "One reading in a thousand of a whole array is the one before.",
        "was published under the lock",
        _StaleArrays,
    ),
    rare_context(
        "RACE-12",
        "seldom-writes-in-two-pieces",
        "The lowest byte of one slot in a thousand is written before the others.",
        "pieces of two values",
        _TornArrays,
    ),
)
