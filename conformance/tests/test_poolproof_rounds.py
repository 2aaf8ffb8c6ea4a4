"""Rounds over the same rules grow longer, and add up to one result."""

from __future__ import annotations

import re
from dataclasses import replace

import poolproof_selftest_rules as own
import pytest
from poolproof.cli.durations import seconds
from poolproof.cli.errors import BadInput
from poolproof.profiles import PROFILES
from poolproof.rounds import budget, merged, worth_another_round
from poolproof_reports.results import Level, Outcome, RuleResult, SubjectResult

DEEP = PROFILES["deep"]


def results(*rules: RuleResult) -> SubjectResult:
    return SubjectResult("threads", "3.12", "threads", "pool", (), True, "", 10.0, rules)


def result(name: str, outcome: Outcome, plans: int = 5, message: str = "") -> RuleResult:
    return RuleResult(
        rule=f"{own.__name__}:{name}",
        title="",
        group="RES",
        level=Level.MUST,
        stochastic=False,
        source="",
        outcome=outcome,
        message=message,
        plans=plans,
        runs=2 * plans,
        duration_s=3.0,
    )


def test_each_round_is_longer_and_none_longer_than_what_is_left() -> None:
    assert [budget(DEEP, n, 900.0).rule_s for n in range(4)] == [10.0, 20.0, 40.0, 80.0]
    assert budget(DEEP, 3, 900.0).subject_s == 900.0
    assert budget(PROFILES["quick"], 3, 900.0) == PROFILES["quick"]


def test_what_failed_or_cannot_be_judged_is_not_tried_again() -> None:
    rules = (own.HOLDS, own.SHRINKS, own.CANNOT_TELL, own.NEEDS_THE_IMPOSSIBLE)
    assert worth_another_round(rules, None) == rules
    outcomes = (Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN, Outcome.SKIP)
    names = (rule.id.partition(":")[2] for rule in rules)
    known = results(*map(result, names, outcomes))
    assert worth_another_round(rules, known) == (own.HOLDS, own.CANNOT_TELL)


@pytest.mark.parametrize(
    ("before", "after", "outcome", "plans"),
    [
        (Outcome.PASS, Outcome.PASS, Outcome.PASS, 12),
        (Outcome.PASS, Outcome.FAIL, Outcome.FAIL, 12),
        (Outcome.PASS, Outcome.UNKNOWN, Outcome.PASS, 12),
        (Outcome.UNKNOWN, Outcome.PASS, Outcome.PASS, 12),
        (Outcome.PASS, Outcome.NOTRUN, Outcome.PASS, 5),
    ],
)
def test_a_later_round_adds_to_the_earlier_one(
    before: Outcome, after: Outcome, outcome: Outcome, plans: int
) -> None:
    first = results(result("SHRINKS", Outcome.FAIL), result("HOLDS", before, 5, "before"))
    both = merged(merged(None, first), results(result("HOLDS", after, 7, "after")))
    untouched, found = both.rules
    assert untouched == first.rules[0]
    assert (found.outcome, found.plans, found.runs) == (outcome, plans, 2 * plans)
    assert both.duration_s == 20.0
    assert found.duration_s == (3.0 if after is Outcome.NOTRUN else 6.0)
    stands = outcome is before and after is not before
    assert found.message == ("before" if stands else "after")


@pytest.mark.parametrize(
    ("before", "after", "note"),
    [("", "", ""), ("did not open", "", "did not open"), ("", "b", "b"), ("a", "b", "a")],
)
def test_the_first_note_on_a_pool_stays(before: str, after: str, note: str) -> None:
    nothing = results()
    assert merged(replace(nothing, note=before), replace(nothing, note=after)).note == note


@pytest.mark.parametrize(
    ("text", "expected"),
    [("90", 90), ("90s", 90), ("10m", 600), ("1.5h", 5400), ("1h30m", 5400), ("1h 5s", 3605)],
)
def test_durations_are_read_as_people_write_them(text: str, expected: float) -> None:
    assert seconds("--for", text) == expected


@pytest.mark.parametrize("text", ["", "0", "-5", "soon", "10x", "m", "1:30"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match=re.escape(f"--for {text!r} is no duration")):
        seconds("--for", text)
