"""Conditions, events and barriers that wake too few, or too early."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from poolproof.saboteurs.contexts import SpoiledContext, bad_context


class Condition:
    """An honest condition; picklable, so no __getattr__."""

    def __init__(self, honest: Any) -> None:
        self.honest = honest

    def __enter__(self) -> Any:
        return self.honest.__enter__()

    def __exit__(self, *error: object) -> None:
        self.honest.__exit__(*error)

    def wait(self, timeout: float | None = None) -> bool:
        return bool(self.honest.wait(timeout))

    def wait_for(self, predicate: Callable[[], Any], timeout: float | None = None) -> Any:
        return self.honest.wait_for(predicate, timeout)

    def notify_all(self) -> None:
        self.honest.notify_all()


class _LossyCondition(Condition):
    """Loses the second of a process's notifications."""

    _number = 0

    def notify_all(self) -> None:
        self._number += 1
        if self._number != 2:
            self.honest.notify_all()


class Event:
    """An honest event; picklable, so no __getattr__."""

    def __init__(self, honest: Any) -> None:
        self.honest = honest

    def set(self) -> None:
        self.honest.set()

    def clear(self) -> None:
        self.honest.clear()

    def is_set(self) -> bool:
        return bool(self.honest.is_set())

    def wait(self, timeout: float | None = None) -> bool:
        return bool(self.honest.wait(timeout))


class _DeafEvent(Event):
    """Looks at its flag once, and then sleeps until the timeout."""

    def wait(self, timeout: float | None = None) -> bool:
        if not self.honest.is_set():
            time.sleep(timeout or 0.0)
            return False
        return True


class _LossyConditions(SpoiledContext):
    def Condition(self, lock: Any = None) -> Any:
        return _LossyCondition(self.honest.Condition(lock))


class _DeafEvents(SpoiledContext):
    def Event(self) -> Any:
        return _DeafEvent(self.honest.Event())


class _BarriersForOne(SpoiledContext):
    def Barrier(self, parties: int, *args: Any) -> Any:
        return self.honest.Barrier(1, *args)


SABOTEURS = (
    bad_context(
        "RACE-06",
        "loses-a-notification",
        "The second notify_all() of a process wakes nobody.",
        "was notified and slept on",
        _LossyConditions,
    ),
    bad_context(
        "RACE-07",
        "sleeps-through-events",
        "A wait that finds the event unset sleeps until its timeout.",
        "slept on for",
        _DeafEvents,
    ),
    bad_context(
        "RACE-08",
        "lets-everybody-through",
        "A barrier waits for one process only.",
        "the barrier",
        _BarriersForOne,
    ),
)
