"""What a run judges."""

from __future__ import annotations

from dataclasses import dataclass

from poolproof.expectations import Expectation
from poolproof.stage.messages import Description


@dataclass(frozen=True, slots=True)
class Target:
    """One pool with one start method."""

    pool: str  # as given: a name or module:factory
    start_method: str
    description: Description
    known: tuple[Expectation, ...] = ()  # failures
