"""SHM: shared memory outlives nobody it should not, and nobody it should."""

from __future__ import annotations

from poolproof.rule import Rule
from poolproof.rules.shm import arrays, blocks, tensors

RULES: tuple[Rule, ...] = (*blocks.RULES, *arrays.RULES, *tensors.RULES)
