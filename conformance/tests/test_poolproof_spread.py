"""A round is judged in parts, wherever there is room, in an order that its rules allow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import poolproof_selftest_rules as own
import pytest
from poolproof import parts
from poolproof.archive import Archive
from poolproof.engine import Progress
from poolproof.parts import Different, Judged, Part
from poolproof.profiles import PROFILES
from poolproof.schedule import Schedule
from poolproof.spread import SpreadRound
from poolproof.stage.messages import Description
from poolproof.target import Target
from poolproof_reports.results import Outcome

THREADS = Target("threads", "threads", Description("threads", "", ("threads",)))
ROUND = (own.AFTER_A_BROKEN_ONE, own.SHRINKS, own.HOLDS)
HASTY = replace(PROFILES["quick"], shrink_s=0.0)


def test_a_rule_waits_for_those_that_it_comes_after() -> None:
    schedule = Schedule({THREADS: ROUND}, {})
    assert schedule.next() == (THREADS, own.SHRINKS, {})
    assert schedule.next() == (THREADS, own.HOLDS, {})
    assert schedule.next() is None
    schedule.ended(THREADS, own.SHRINKS.id, Outcome.FAIL)
    assert schedule.next() == (THREADS, own.AFTER_A_BROKEN_ONE, {own.SHRINKS.id: Outcome.FAIL})
    assert schedule.next() is None


def test_what_earlier_rounds_said_counts_for_rules_that_are_not_judged_again() -> None:
    held = {rule.id: Outcome.PASS for rule in ROUND}
    again = Schedule({THREADS: ROUND[:2]}, {THREADS: held})
    assert again.next() == (THREADS, own.SHRINKS, {})
    assert again.next() is None
    once = Schedule({THREADS: ROUND[:1]}, {THREADS: held})
    assert once.next() == (THREADS, own.AFTER_A_BROKEN_ONE, {own.SHRINKS.id: Outcome.PASS})


class Here:
    """A cluster of this machine, with room for one part."""

    def __init__(self) -> None:
        self._begun: list[Part] = []

    def is_busy(self) -> bool:
        return bool(self._begun)

    def room(self) -> int:
        return 1 - len(self._begun)

    def begin(self, part: Part) -> None:
        self._begun.append(part)

    def ended(self) -> Iterator[Judged]:
        yield parts.judge(self._begun.pop())


def spread_round(folder: Path, left_s: float) -> SpreadRound:
    return SpreadRound(
        cluster=Here(),
        wanted={THREADS: ROUND},
        known={},
        profile=lambda: HASTY,
        seed=0,
        archive=lambda _: Archive(folder, 0),
        database=folder / "database",
        left_s=lambda: left_s,
    )


@pytest.mark.usefixtures("_stage_finds_test_modules")
def test_what_was_found_elsewhere_comes_back(tmp_path: Path) -> None:
    told: list[Progress] = []
    spread = spread_round(tmp_path, float("inf"))
    spread.judge(told.append)
    result = spread.results()[THREADS]
    outcomes = [Outcome.NOTRUN, Outcome.FAIL, Outcome.PASS]
    assert [(r.rule, r.outcome) for r in result.rules] == [
        (rule.id, outcome) for rule, outcome in zip(ROUND, outcomes, strict=True)
    ]
    assert result.complete
    assert [(step.number, step.of) for step in told] == [(1, 3), (2, 3), (3, 3)]
    (failure,) = (tmp_path / "failures").iterdir()
    assert "SHRINKS" in failure.name
    assert any(path.is_file() for path in (tmp_path / "database").rglob("*"))


def test_no_part_is_begun_when_time_is_up(tmp_path: Path) -> None:
    spread = spread_round(tmp_path, 0.0)
    spread.judge(lambda _: None)
    assert spread.results() == {}


def test_a_machine_with_other_software_judges_nothing() -> None:
    part = Part(THREADS, own.HOLDS.id, HASTY, 0, {}, {"python": "2.7"})
    with pytest.raises(Different, match=r"python \d.*asked for: 2\.7"):
        parts.judge(part)
