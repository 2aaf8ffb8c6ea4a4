"""FAULT: what a pool does when workers, tasks and values fail."""

from __future__ import annotations

from poolproof.rule import Rule
from poolproof.rules.fault import (
    bystanders,
    crashes,
    death,
    errors,
    exits,
    heirs,
    idle,
    initializers,
    manners,
    mines,
    oddities,
    owners,
    pausing,
    scarcity,
    sending,
    transport,
)

_MODULES = (
    bystanders,
    crashes,
    death,
    errors,
    exits,
    heirs,
    idle,
    initializers,
    manners,
    mines,
    oddities,
    owners,
    pausing,
    scarcity,
    sending,
    transport,
)

RULES: tuple[Rule, ...] = tuple(
    sorted((rule for module in _MODULES for rule in module.RULES), key=lambda rule: rule.id)
)
