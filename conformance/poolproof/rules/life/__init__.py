"""LIFE: how pools begin, end, and what they leave behind."""

from __future__ import annotations

from poolproof.rule import Rule
from poolproof.rules.life import closing, leaks, recycling, terminating

RULES: tuple[Rule, ...] = tuple(
    sorted(
        (*leaks.RULES, *closing.RULES, *terminating.RULES, *recycling.RULES),
        key=lambda rule: rule.id,
    )
)
