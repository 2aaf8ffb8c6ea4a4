"""FAULT: what a pool does when workers, tasks and values fail."""

from __future__ import annotations

from poolproof.rule import Rule
from poolproof.rules.fault import death, errors, exits, initializers, transport

RULES: tuple[Rule, ...] = tuple(
    sorted(
        (*death.RULES, *errors.RULES, *exits.RULES, *initializers.RULES, *transport.RULES),
        key=lambda rule: rule.id,
    )
)
