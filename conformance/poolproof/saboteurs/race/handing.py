"""Conditions that let somebody go on before there was a reason to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from poolproof.saboteurs.contexts import SpoiledContext, bad_context
from poolproof.saboteurs.race.waking import Condition


class _HastyCondition(Condition):
    def wait_for(self, predicate: Callable[[], Any], timeout: float | None = None) -> Any:
        return predicate()


class _HastyConditions(SpoiledContext):
    def Condition(self, lock: Any = None) -> Any:
        return _HastyCondition(self.honest.Condition(lock))


SABOTEURS = (
    bad_context(
        "RACE-15",
        "does-not-wait-for-it",
        "wait_for() of a condition asks once, and comes back whatever the answer is.",
        "was handed over by Condition",
        _HastyConditions,
    ),
)
