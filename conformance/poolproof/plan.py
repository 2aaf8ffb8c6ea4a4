"""A plan is pure data: what Hypothesis drew, before any process runs."""

from __future__ import annotations

import json
from typing import Any, TypeAlias

# What json.dumps takes without help. A plan that needs more says it in words ("tensor of float32,
# shape 2x3, conj") and both sides build the value from that description: see `poolproof.values`.
JSON: TypeAlias = Any
Plan: TypeAlias = dict[str, JSON]


def canonical(plan: Plan) -> str:
    """The one text of a plan, whatever the order of its keys.

    Raises:
        TypeError: the plan holds something that is not JSON.
        ValueError: the plan holds a NaN or an infinity (spell it as a string instead).
    """
    return json.dumps(plan, sort_keys=True, separators=(",", ":"), allow_nan=False)


def digest(plan: Plan) -> str:
    """A short name for the plan, equal for equal plans in every process and on every system."""
    import hashlib  # loads OpenSSL: not in every child that imports this for its types

    return hashlib.sha256(canonical(plan).encode()).hexdigest()[:16]


def size(plan: Plan) -> tuple[int, str]:
    """Hypothesis' own idea of simple: short, then early in the alphabet."""
    text = canonical(plan)
    return len(text), text
