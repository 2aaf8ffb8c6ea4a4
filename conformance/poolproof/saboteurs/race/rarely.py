"""Faults that happen once in a thousand operations: how likely is each found?"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from poolproof.saboteurs.contexts import bad_context
from poolproof.saboteurs.record import Saboteur

RATE = 1 / 1000
_SYSTEM = random.SystemRandom()  # of any other, a forked child has its parent's state


def rarely() -> bool:
    """Is it this time?"""
    return _SYSTEM.random() < RATE


def rare(saboteur: Saboteur) -> Saboteur:
    """One whose fault asks `rarely`."""
    return replace(saboteur, rate=RATE)


def rare_context(
    rule: str, name: str, fault: str, says: str, make: Callable[[str], Any]
) -> Saboteur:
    """A context of its own, that errs rarely."""
    return rare(bad_context(rule, name, fault, says, make))
