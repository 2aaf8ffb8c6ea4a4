"""The time for all rules is shared so that each of them gets its turn."""

from __future__ import annotations

from dataclasses import replace

import pytest
from poolproof.allowance import EMULATED, Allowance
from poolproof.emulation import emulation
from poolproof.profiles import PROFILES

PATIENCE_S = 100.0
PROFILE = replace(
    PROFILES["quick"], rule_s=3.0, subject_s=PATIENCE_S / (EMULATED if emulation() else 1.0)
)


class Clock:
    def __init__(self) -> None:
        self.now = 50.0

    def __call__(self) -> float:
        return self.now


def judged(allowance: Allowance, clock: Clock, took_s: float, rules_left: int) -> float:
    """Spend the time of one rule; return the share that it had."""
    share_s = allowance.share_s(rules_left, 1.0)
    clock.now += took_s
    allowance.spent(share_s, took_s, failing_s=0.0)
    return share_s


def test_a_share_is_even_and_at_most_what_the_profile_gives_a_rule() -> None:
    allowance = Allowance(PROFILE, Clock())
    assert allowance.share_s(100, 1.0) == pytest.approx(1.0)
    assert allowance.share_s(2, 1.0) == PROFILE.rule_s


def test_a_slow_machine_has_more_patience() -> None:
    slowness = 2 * (EMULATED if emulation() else 1.0)
    allowance = Allowance(PROFILE, Clock())
    assert allowance.left_s(slowness) == pytest.approx(2 * PATIENCE_S)
    assert allowance.share_s(100, slowness) == pytest.approx(2.0)


def test_what_a_rule_leaves_goes_to_those_after_it() -> None:
    clock = Clock()
    allowance = Allowance(PROFILE, clock)
    first = judged(allowance, clock, 0.0, rules_left=100)
    assert allowance.share_s(50, 1.0) == pytest.approx(2 * first)


def test_rules_that_need_more_than_their_share_for_the_least_plans_all_get_their_turn() -> None:
    """Every other rule would be content with 0.1 s; those between take 1.6 s, whatever they may."""
    clock = Clock()
    allowance = Allowance(PROFILE, clock)
    for number in range(100):
        least_s = 0.1 if number % 2 else 1.6
        share_s = allowance.share_s(100 - number, 1.0)
        judged(allowance, clock, max(least_s, share_s), 100 - number)
        assert allowance.left_s(1.0) >= 0, f"nothing is left after rule {number}"


def test_rules_that_need_more_get_their_turn_though_all_of_them_come_last() -> None:
    """Those before take what they may, and what the few of them need that start processes too."""
    clock = Clock()
    allowance = Allowance(PROFILE, clock)
    for number in range(100):
        least_s = 1.6 if number >= 80 or number % 5 == 0 else 0.1
        share_s = allowance.share_s(100 - number, 1.0)
        judged(allowance, clock, max(least_s, share_s), 100 - number)
        assert allowance.left_s(1.0) >= 0, f"nothing is left after rule {number}"


def test_what_a_failure_costs_is_neither_spent_nor_overdrawn() -> None:
    clock = Clock()
    allowance = Allowance(PROFILE, clock)
    before = allowance.share_s(100, 1.0)
    clock.now += 30.0
    allowance.spent(before, took_s=30.0, failing_s=30.0)
    assert allowance.share_s(100, 1.0) == before


def test_the_rule_that_opens_the_pools_of_all_does_not_starve_the_next() -> None:
    clock = Clock()
    allowance = Allowance(PROFILE, clock)
    judged(allowance, clock, 5.0, rules_left=100)
    assert allowance.share_s(99, 1.0) > 0.4
