"""Condition and Event: those of multiprocessing, and no death stops anybody else.

multiprocessing's `notify` waits until all that it woke have said so, which one that was killed in
its sleep never does. Here each sleeper has a bell of its own, in the order in which they came, and
ringing that of a dead one shows that it is dead: the next one is woken in its place.

Guarantees
- `notify` waits for nobody. It wakes those alone that slept when it was called, and as many of them
  as it was asked to, if so many live.
- A wait with a timeout returns, also when a process was killed in any of these calls: by default
  the lock is recovered from a dead owner.
"""

from __future__ import annotations

import time
from multiprocessing import context, synchronize
from typing import Any

from .arena.shared import SharedBytes
from .errors import OwnerDied
from .locks import RLock, RobustLock
from .sleepers import Sleepers


class Condition(synchronize.Condition):
    """`multiprocessing.Condition`; its own lock recovers, another is as it was made."""

    def __init__(self, lock: Any = None) -> None:
        self.__setstate__((lock or RLock("recover"), Sleepers()))

    def __getstate__(self) -> tuple[Any, Sleepers]:
        context.assert_spawning(self)
        return self._lock, self._sleepers

    def __setstate__(self, state: tuple[Any, Sleepers]) -> None:
        self._lock, self._sleepers = state
        self.acquire = self._lock.acquire  # type: ignore[method-assign]
        self.release = self._lock.release  # type: ignore[method-assign]

    def wait(self, timeout: float | None = None) -> bool:
        """Release the lock, sleep until woken or for `timeout` seconds, and take it back.

        Whether it was woken. OwnerDied, with the lock held, where the lock was made to raise it.
        """
        self._check_lock()
        with self._sleepers.join() as sleeper:
            depth = self._lock._semlock._count()
            try:
                for _ in range(depth):
                    self._lock.release()
                woken = sleeper.wait(timeout)
            finally:
                self._take_back(depth)
            woken = woken or sleeper.wait(0)  # it may have been until we had the lock
        if not woken:
            self._sleepers.forget_who_left()
        return woken

    def _take_back(self, depth: int) -> None:
        lock, death = self._lock._semlock, None
        while not (lock._is_mine() and lock._count() == depth):  # an interrupt may have kept some
            try:
                self._lock.acquire()
            except OwnerDied as error:
                death = error
        if death is not None:
            raise death

    def notify(self, n: int = 1) -> None:
        """Wake `n` of those who sleep, or all if they are fewer."""
        self._check_lock()
        self._sleepers.wake(n)

    def _check_lock(self) -> None:
        assert self._lock._semlock._is_mine(), "must acquire() condition first"

    def __repr__(self) -> str:
        return f"<{type(self).__name__}({self._lock})>"


class Event(synchronize.Event):
    """`multiprocessing.Event`; a `wait` that was begun before `set` returns True, as a thread's."""

    def __init__(self) -> None:
        self.__setstate__((Condition(RobustLock("recover")), SharedBytes(2 * 8)))

    def __getstate__(self) -> tuple[Condition, SharedBytes]:
        context.assert_spawning(self)
        return self._cond, self._memory

    def __setstate__(self, state: tuple[Condition, SharedBytes]) -> None:
        self._cond, self._memory = state
        self._words: memoryview[int] = self._memory.content().cast("q")  # whether, how often

    def is_set(self) -> bool:
        return bool(self._words[0])

    def set(self) -> None:
        with self._cond:
            self._words[0] = True
            self._words[1] += 1
            self._cond.notify_all()

    def clear(self) -> None:
        with self._cond:
            self._words[0] = False

    def wait(self, timeout: float | None = None) -> bool:
        """Whether it was set, at the latest after `timeout` seconds."""
        end = None if timeout is None else time.monotonic() + timeout
        if not self._cond.acquire(timeout=timeout):
            return self.is_set()
        try:
            before = self._words[1]
            # More than a wake-up, which a death may ring as well, or have kept back.
            return self._cond.wait_for(lambda: self.is_set() or self._words[1] != before, left(end))
        finally:
            self._cond.release()


def left(end: float | None) -> float | None:
    """Seconds until then."""
    return None if end is None else max(0.0, end - time.monotonic())
