"""What the wrong pools of LIFE and SHM are made with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from poolproof_reports.results import Outcome

from poolproof.drivers.base import OpenOptions
from poolproof.saboteurs.honest import Spoiled, disguised
from poolproof.saboteurs.record import Saboteur


class Manager(Spoiled):
    """With the methods of a `with` block, which Python looks up on the class."""

    def __exit__(self, *_: object) -> Any:
        return self.terminate()


def saboteur(
    rule: str,
    name: str,
    fault: str,
    says: str,
    opener: Callable[[OpenOptions], Any],
    outcome: Outcome = Outcome.FAIL,
) -> Saboteur:
    """A pool that `opener` opens and that declares what the reference pool does."""
    subject = disguised(name, opener)
    return Saboteur(name=name, fault=fault, rule=rule, says=says, subject=subject, outcome=outcome)
