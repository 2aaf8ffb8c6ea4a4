"""The record of one saboteur."""

from __future__ import annotations

from dataclasses import dataclass

from poolproof_reports.results import Outcome

from poolproof.drivers.base import Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Saboteur:
    """A wrong pool, the one rule it breaks, and how the suite must say so.

    It passes the other rules of that rule's group, and its honest parent passes all of them. One
    whose `rate` is below 1 is judged by its rule alone: it measures how likely that finds it.
    """

    name: str  # "drops-the-last-result"
    fault: str  # what is wrong with it, in one sentence, with its rate where it is not 1
    rule: str  # the id of the rule that must catch it
    says: str  # part of the message of the verdict
    subject: Subject
    outcome: Outcome = Outcome.FAIL
    rate: float = 1.0  # of its operations, how many err by chance
