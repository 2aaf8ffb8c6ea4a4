"""Known failures apply where their conditions say, and nowhere else."""

from __future__ import annotations

import platform
import re
from importlib.resources import files

import pytest
from poolproof.catalogue import select
from poolproof.drivers.resolve import names
from poolproof.expectations import Expectation, _expectation, expectations
from poolproof_reports.results import Outcome

FILES = [p for p in files("poolproof.expectations").iterdir() if p.name.endswith(".toml")]
HERE = platform.python_version()
NEXT = "99.0"


def known(**conditions: object) -> Expectation:
    return Expectation("FAULT-*", (Outcome.FAIL,), "because", **conditions)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("expectation", "applies"),
    [
        (known(), True),
        (known(start_methods=("spawn", "fork")), True),
        (known(start_methods=("fork",)), False),
        (known(systems=(platform.system(),)), True),
        (known(systems=("Plan 9",)), False),
        (known(python=f"<={HERE}"), True),
        (known(python=f">={NEXT}"), False),
        (known(version="<2"), True),
        (known(version=">=2"), False),
        (Expectation("DATA-*", (Outcome.FAIL,), "because"), False),
    ],
)
def test_an_expectation_applies_under_its_conditions(
    expectation: Expectation, applies: bool
) -> None:
    assert expectation.applies("FAULT-01", "spawn", "1.5") is applies


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
    ],
)
def test_an_entry_that_does_not_say_what_it_must_is_an_error(entry: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"mine\.toml"):
        _expectation(entry, "mine.toml")
