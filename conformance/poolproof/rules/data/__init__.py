"""DATA: what is sent is what arrives, and stays what it was."""

from __future__ import annotations

from poolproof.rule import Rule
from poolproof.rules.data import (
    aliasing,
    arrays,
    crowds,
    dense,
    graphs,
    keeping,
    layouts,
    lifetime,
    objects,
    payloads,
    torch_things,
)

# In the order of their numbers, which outlive the modules they lie in.
RULES: tuple[Rule, ...] = tuple(
    sorted(
        (
            *graphs.RULES,
            *payloads.RULES,
            *dense.RULES,
            *layouts.RULES,
            *arrays.RULES,
            *torch_things.RULES,
            *crowds.RULES,
            *keeping.RULES,
            *objects.RULES,
            *aliasing.RULES,
            *lifetime.RULES,
        ),
        key=lambda rule: rule.id,
    )
)
