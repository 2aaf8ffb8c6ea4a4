"""START: processes of a context, from start() to their exit code."""

from __future__ import annotations

from poolproof.rule import Rule
from poolproof.rules.start import ending, family, identity, streams, surroundings, system

RULES: tuple[Rule, ...] = tuple(
    sorted(
        (
            *identity.RULES,
            *ending.RULES,
            *surroundings.RULES,
            *family.RULES,
            *system.RULES,
            *streams.RULES,
        ),
        key=lambda rule: rule.id,
    )
)
