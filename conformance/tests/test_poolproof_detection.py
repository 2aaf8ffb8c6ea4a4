"""Measured chances of detection are read, written and stated rightly."""

from __future__ import annotations

from pathlib import Path

import pytest
from poolproof.detection import Measured, keep, measured
from poolproof.saboteurs import saboteurs


def test_what_is_kept_is_read_again_and_news_replace_it(tmp_path: Path) -> None:
    path = tmp_path / "figures.toml"
    old = Measured("RACE-02", "b", 10, 1)
    keep(path, [old, Measured("RACE-01", "a", 5, 0)])
    keep(path, [Measured("RACE-01", "a", 299, 2)])
    assert measured(path) == (Measured("RACE-01", "a", 299, 2), old)


@pytest.mark.parametrize(
    ("tries", "misses", "at_most"), [(299, 0, 0.01), (59, 0, 0.05), (10, 1, 0.394), (3, 3, 1.0)]
)
def test_bound_is_one_sided_at_95_percent(tries: int, misses: int, at_most: float) -> None:
    """299 without a miss is what shows 1 %: the rule of three, exactly."""
    assert Measured("RACE-01", "a", tries, misses).at_most == pytest.approx(at_most, abs=5e-4)


def test_figure_is_stated_in_words() -> None:
    assert str(Measured("RACE-01", "a", 299, 0)) == (
        "missed a in 0 of 299 quick runs: in less than 1.0% of all, at 95% confidence"
    )


def test_figures_that_come_along_are_of_saboteurs_that_err_by_chance() -> None:
    rules = {saboteur.name: saboteur.rule for saboteur in saboteurs() if saboteur.rate < 1}
    for figure in measured():
        assert rules[figure.saboteur] == figure.rule
        assert 0 <= figure.misses <= figure.tries != 0
