"""LIFE: how pools begin, end, and what they leave behind."""

from __future__ import annotations

from poolproof.rule import Rule
from poolproof.rules.life import (
    closing,
    crews,
    dropping,
    initializing,
    leaks,
    leaving,
    names,
    nesting,
    order,
    recycling,
    terminating,
    threads,
)

_MODULES = (
    closing,
    crews,
    dropping,
    initializing,
    leaks,
    leaving,
    names,
    nesting,
    order,
    recycling,
    terminating,
    threads,
)

RULES: tuple[Rule, ...] = tuple(
    sorted((rule for module in _MODULES for rule in module.RULES), key=lambda rule: rule.id)
)
