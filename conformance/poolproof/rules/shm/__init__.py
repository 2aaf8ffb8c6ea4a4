"""SHM: shared memory outlives nobody it should not, and nobody it should."""

from __future__ import annotations

from poolproof.rule import Rule

RULES: tuple[Rule, ...] = ()
