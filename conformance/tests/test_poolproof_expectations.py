"""Known failures apply where their conditions say, and nowhere else."""

from __future__ import annotations

import platform
import re
from dataclasses import replace
from importlib.resources import files

import pytest
from poolproof.catalogue import select
from poolproof.drivers.resolve import names
from poolproof.expectations import (
    Expectation,
    Where,
    expectation,
    expectations,
    find,
    here,
)
from poolproof_reports.results import Outcome

FILES = [p for p in files("poolproof.expectations").iterdir() if p.name.endswith(".toml")]
PLACE = Where("spawn", "Linux", "3.11.7", "1.5", "2.13.0+cpu")


def known(**conditions: object) -> Expectation:
    return Expectation("FAULT-*", (Outcome.FAIL,), "because", **conditions)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("expectation", "applies"),
    [
        (known(), True),
        (known(start_methods=("spawn", "fork")), True),
        (known(start_methods=("fork",)), False),
        (known(systems=("Linux", "Darwin")), True),
        (known(systems=("Windows",)), False),
        (known(python="<3.12"), True),
        (known(python=">=3.12"), False),
        (known(torch=">=2.13,<3"), True),
        (known(torch="<2.13"), False),
        (known(version="<2"), True),
        (known(version=">=2"), False),
        (Expectation("DATA-*", (Outcome.FAIL,), "because"), False),
    ],
)
def test_an_expectation_applies_under_its_conditions(
    expectation: Expectation, applies: bool
) -> None:
    assert expectation.applies("FAULT-01", PLACE) is applies


@pytest.mark.parametrize("field", ["torch", "version"])
def test_no_version_meets_no_condition_on_it(field: str) -> None:
    place = replace(PLACE, **{field: ""})
    assert known().applies("FAULT-01", place)
    assert not known(**{field: ">=0"}).applies("FAULT-01", place)


def test_an_entry_for_the_rule_wins_over_a_pattern() -> None:
    exact = Expectation("FAULT-01", (Outcome.TIMEOUT,), "because")
    assert find([known(), exact], "FAULT-01", PLACE) is exact
    assert find([known(), exact], "FAULT-02", PLACE) == known()
    assert find([known(), exact], "DATA-01", PLACE) is None


def test_what_comes_and_goes_may_pass_and_says_how_often_it_does() -> None:
    assert known().expected == (Outcome.FAIL,)
    assert known(rate=0.3, runs=40).expected == (Outcome.FAIL, Outcome.PASS)
    assert known(rate=0.3, runs=40, link="https://x.org").text == (
        "because (in 30% of 40 runs) https://x.org"
    )


def test_the_place_of_this_interpreter_is_its_own() -> None:
    place = here("fork", "1.5")
    assert (place.system, place.python) == (platform.system(), platform.python_version())


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.name)
def test_each_file_speaks_of_a_pool_and_of_rules_that_exist(path: object) -> None:
    pool = path.name.removesuffix(".toml")  # type: ignore[attr-defined]
    assert pool in names()
    entries = expectations(pool)
    assert entries
    for entry in entries:
        assert select((entry.rule,))
        assert entry.reason
        assert entry.link == "" or re.match(r"https://\S+$", entry.link)


def test_a_pool_without_a_file_is_expected_to_pass() -> None:
    assert expectations("poolproof_selftest_pools:threads") == ()


@pytest.mark.parametrize(
    "entry",
    [
        {"rule": "FAULT-01", "reason": "x"},
        {"rule": "FAULT-01", "outcomes": ["FALL"], "reason": "x"},
        {"rule": "FAULT-01", "outcomes": ["FAIL"]},
        {"rule": "FAULT-01", "outcomes": ["FAIL"], "reason": "x", "systms": ["Linux"]},
        {"rule": "FAULT-01", "outcomes": ["FAIL", "PASS"], "reason": "x"},
        {"rule": "FAULT-01", "outcomes": ["FAIL"], "reason": "x", "rate": 0.5},
        {"rule": "FAULT-01", "outcomes": ["FAIL"], "reason": "x", "rate": 30, "runs": 100},
        {"rule": "FAULT-01", "outcomes": ["FAIL"], "reason": "x", "python": "3.11"},
    ],
)
def test_an_entry_that_does_not_say_what_it_must_is_an_error(entry: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"mine\.toml"):
        expectation(entry, "mine.toml")
