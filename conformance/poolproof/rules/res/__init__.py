"""RES: a pool gives the results that a loop in one process gives."""

from __future__ import annotations

from poolproof.rule import Rule
from poolproof.rules.res import (
    batches,
    calls,
    errors,
    inputs,
    interleaved,
    keywords,
    programs,
    waiting,
)

MODULES = (batches, calls, errors, inputs, interleaved, keywords, programs, waiting)
# In the order of their numbers, which outlive the modules they lie in.
RULES: tuple[Rule, ...] = tuple(
    sorted((rule for module in MODULES for rule in module.RULES), key=lambda rule: rule.id)
)
