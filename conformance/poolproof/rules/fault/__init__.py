"""FAULT: what a pool does when workers, tasks and values fail."""

from __future__ import annotations

from poolproof.gather import gather
from poolproof.rule import Rule

# In the order of their numbers, which outlive the modules they lie in.
RULES: tuple[Rule, ...] = tuple(
    sorted(gather(__name__, __path__, "RULES"), key=lambda rule: rule.id)
)
