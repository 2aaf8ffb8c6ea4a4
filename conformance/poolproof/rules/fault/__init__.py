"""FAULT: what a pool does when workers, tasks and values fail."""

from __future__ import annotations

from poolproof.rule import Rule
from poolproof.rules.fault import (
    crashes,
    death,
    errors,
    exits,
    idle,
    initializers,
    mines,
    oddities,
    pausing,
    sending,
    transport,
)

_MODULES = (
    crashes,
    death,
    errors,
    exits,
    idle,
    initializers,
    mines,
    oddities,
    pausing,
    sending,
    transport,
)

RULES: tuple[Rule, ...] = tuple(
    sorted((rule for module in _MODULES for rule in module.RULES), key=lambda rule: rule.id)
)
