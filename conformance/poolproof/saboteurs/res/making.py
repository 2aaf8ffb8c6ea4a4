"""How a wrong pool for RES is put together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from poolproof_reports.results import Outcome

from poolproof.drivers.base import OpenOptions
from poolproof.saboteurs.honest import Spoiled, SpoiledResult, disguised
from poolproof.saboteurs.record import Saboteur

Task = Callable[..., Any]
Opener = Callable[[OpenOptions], Any]


def with_results(spoiled: type[SpoiledResult]) -> Opener:
    """Opens a pool whose single calls give results of that kind."""

    class Pool(Spoiled):
        def apply_async(self, *args: Any, **options: Any) -> Any:
            return spoiled(self.honest.apply_async(*args, **options))

    return Pool


def saboteur(
    rule: str,
    name: str,
    fault: str,
    says: str,
    opener: Opener,
    outcome: Outcome = Outcome.FAIL,
) -> Saboteur:
    """The record of a wrong pool that `opener` opens."""
    subject = disguised(name, opener)
    return Saboteur(name=name, fault=fault, rule=rule, says=says, subject=subject, outcome=outcome)
