"""RES: a pool gives the results that a loop in one process gives."""

from __future__ import annotations

from poolproof.rule import Rule
from poolproof.rules.res import (
    batches,
    calls,
    chains,
    errors,
    failing,
    inputs,
    interleaved,
    iterables,
    keywords,
    lives,
    methods,
    programs,
    randomness,
    reasons,
    waiting,
)

# In the order of their numbers, which outlive the modules they lie in.
RULES: tuple[Rule, ...] = tuple(
    sorted(
        (
            *calls.RULES,
            *batches.RULES,
            *errors.RULES,
            *inputs.RULES,
            *waiting.RULES,
            *keywords.RULES,
            *programs.RULES,
            *interleaved.RULES,
            *chains.RULES,
            *iterables.RULES,
            *randomness.RULES,
            *failing.RULES,
            *reasons.RULES,
            *lives.RULES,
            *methods.RULES,
        ),
        key=lambda rule: rule.id,
    )
)
