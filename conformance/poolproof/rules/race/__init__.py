"""RACE: race-freedom."""

from __future__ import annotations

from poolproof.rule import Rule
from poolproof.rules.race import accounts, locks, queues

RULES: tuple[Rule, ...] = (
    accounts.EXACTLY_ONCE,
    locks.COUNTER,
    locks.EXCLUSION,
    queues.FIFO,
    accounts.MANY_THREADS,
)
