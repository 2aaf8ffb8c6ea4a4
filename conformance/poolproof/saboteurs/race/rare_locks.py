"""Locks, conditions and barriers that fail once in a thousand operations."""

from __future__ import annotations

import threading
import time
from typing import Any

from poolproof.saboteurs.contexts import SpoiledContext
from poolproof.saboteurs.race.order import Semaphore
from poolproof.saboteurs.race.rarely import rare_context, rarely
from poolproof.saboteurs.race.waking import Condition, Event


class _LetsTwoIn(Semaphore):
    """Now and then, `with` does not wait for a place."""

    _skipped = 0

    def __enter__(self) -> Any:
        if rarely():
            self._skipped += 1
            return True
        return super().__enter__()

    def __exit__(self, *error: object) -> None:
        if self._skipped:
            self._skipped -= 1
        else:
            super().__exit__(*error)


class _Locks(SpoiledContext):
    def Lock(self) -> Any:
        return _LetsTwoIn(self.honest.Lock())

    def RLock(self) -> Any:
        return _LetsTwoIn(self.honest.RLock())

    def Semaphore(self, value: int = 1) -> Any:
        return _LetsTwoIn(self.honest.Semaphore(value))

    def BoundedSemaphore(self, value: int = 1) -> Any:
        return _LetsTwoIn(self.honest.BoundedSemaphore(value))

    def Value(self, kind: Any, *args: Any) -> Any:
        return self.honest.Value(kind, *args, lock=_LetsTwoIn(self.honest.RLock()))

    def Array(self, kind: Any, size: int) -> Any:
        return self.honest.Array(kind, size, lock=_LetsTwoIn(self.honest.RLock()))


class _GivesUp(Semaphore):
    def acquire(self, block: bool = True, timeout: float | None = None) -> bool:
        return not (not block and rarely()) and super().acquire(block, timeout)


class _ImpatientSemaphores(SpoiledContext):
    def Lock(self) -> Any:
        return _GivesUp(self.honest.Lock())

    def Semaphore(self, value: int = 1) -> Any:
        return _GivesUp(self.honest.Semaphore(value))

    def BoundedSemaphore(self, value: int = 1) -> Any:
        return _GivesUp(self.honest.BoundedSemaphore(value))


class _LosesOne(Condition):
    def notify_all(self) -> None:
        if not rarely():
            super().notify_all()


class _LossyConditions(SpoiledContext):
    def Condition(self, lock: Any = None) -> Any:
        return _LosesOne(self.honest.Condition(lock))


class _SometimesHasty(Condition):
    def wait_for(self, predicate: Any, timeout: float | None = None) -> Any:
        return predicate() if rarely() else super().wait_for(predicate, timeout)


class _HastyConditions(SpoiledContext):
    def Condition(self, lock: Any = None) -> Any:
        return _SometimesHasty(self.honest.Condition(lock))


class _DeafNowAndThen(Event):
    def wait(self, timeout: float | None = None) -> bool:
        if rarely() and not self.honest.is_set():
            time.sleep(timeout or 0.0)
            return False
        return super().wait(timeout)


class _DeafEvents(SpoiledContext):
    def Event(self) -> Any:
        return _DeafNowAndThen(self.honest.Event())


class _LeavesEarly:
    """A barrier from which one goes on while a thread of its own waits there; picklable."""

    def __init__(self, honest: Any) -> None:
        self.honest = honest

    def wait(self) -> int:
        if rarely():
            threading.Thread(target=self.honest.wait, daemon=True).start()
            return 0
        return int(self.honest.wait())


class _EarlyBarriers(SpoiledContext):
    def Barrier(self, parties: int) -> Any:
        return _LeavesEarly(self.honest.Barrier(parties))


SABOTEURS = (
    rare_context(
        "RACE-02",
        "seldom-guards-no-counter",
        "One acquire in a thousand waits for nobody.",
        "added 1 under the lock",
        _Locks,
    ),
    rare_context(
        "RACE-03",
        "seldom-lets-two-in",
        "One acquire in a thousand waits for nobody.",
        "at the same time",
        _Locks,
    ),
    rare_context(
        "RACE-06",
        "seldom-loses-a-notification",
        "One notify_all() in a thousand wakes nobody.",
        "was notified and slept on",
        _LossyConditions,
    ),
    rare_context(
        "RACE-07",
        "seldom-sleeps-through-events",
        "One wait in a thousand sleeps until its timeout.",
        "slept on for",
        _DeafEvents,
    ),
    rare_context(
        "RACE-08",
        "seldom-leaves-a-barrier-early",
        "One in a thousand goes on before the others have come.",
        "the barrier",
        _EarlyBarriers,
    ),
    rare_context(
        "RACE-09",
        "seldom-gives-up-on-a-free-place",
        "One acquire(False) in a thousand is refused.",
        "no order explains it",
        _ImpatientSemaphores,
    ),
    rare_context(
        "RACE-15",
        "seldom-does-not-wait-for-it",
        "One wait_for() in a thousand comes back whatever the answer is.",
        "was handed over by Condition",
        _HastyConditions,
    ),
    rare_context(
        "RACE-16",
        "seldom-guards-no-bytes",
        "One acquire in a thousand waits for nobody.",
        "were read as half version",
        _Locks,
    ),
)
