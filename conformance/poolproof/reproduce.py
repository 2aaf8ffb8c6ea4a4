"""How a user runs one failing plan again."""

from __future__ import annotations

import json

from poolproof.plan import Plan
from poolproof.rule import Rule
from poolproof.stage.keeper import Keeper


def reproducer(rule: Rule, plan: Plan, keeper: Keeper) -> str:
    """A shell command that runs `plan` once more and prints history and verdict."""
    where = f"--pool {keeper.pool} --start-method {keeper.start_method} --rule {rule.id}"
    text = json.dumps(plan).replace("'", "'\\''")
    return f"poolproof replay {where} --plan '{text}'"
