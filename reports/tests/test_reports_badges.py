"""A badge stands alone and says what it means."""

from __future__ import annotations

import pytest
from poolproof_reports.badges import badge
from poolproof_reports.results import Outcome
from poolproof_reports.summary import count
from reports_reader import Reader
from reports_samples import NASTY, rule


@pytest.mark.parametrize(
    ("outcomes", "says"),
    [
        ([Outcome.PASS, Outcome.PASS], "poolproof: 2/2"),
        ([Outcome.PASS, Outcome.FAIL, Outcome.SKIP], "poolproof: 1/2"),
        ([Outcome.SKIP], "poolproof: not judged"),
        ([], "poolproof: not judged"),
    ],
)
def test_it_says_how_many_rules_are_held_of_those_judged(
    outcomes: list[Outcome], says: str
) -> None:
    reader = Reader(badge(count([rule("RES-01", outcome) for outcome in outcomes])))
    assert says in reader.text
    assert dict(reader.tags)["svg"]["aria-label"] == says


def test_a_name_that_means_harm_stays_text() -> None:
    reader = Reader(badge(count([]), NASTY))
    assert {tag for tag, _ in reader.tags} == {"svg", "title", "clippath", "g", "rect", "text"}
