"""Plots show every figure where it belongs on their scale; other files are refused by name."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from poolproof_reports.results import ResultError
from poolproof_reports.site.benchmarks import LEFT, WIDTH, Benchmark, load_benchmark, plots


def load(folder: Path, value: Any) -> Benchmark:
    (folder / "start_latency.json").write_text(json.dumps(value))
    return load_benchmark(folder / "start_latency.json")


def test_each_number_with_a_fraction_is_a_plot_of_all_rows(tmp_path: Path) -> None:
    rows = [
        {"method": "forkless, warm", "runs": 20, "first_line": 2.5, "hit_rate": 1.0},
        {"method": "spawn", "runs": 5, "first_line": 1128.0, "hit_rate": None},
    ]
    benchmark = load(tmp_path, rows)
    assert benchmark.name == "start latency"
    first, hits = benchmark.plots
    assert (first.title, first.logarithmic) == ("first line", True)
    assert [(dot.name, dot.figure) for dot in first.dots] == [
        ("forkless, warm", "2.5"),
        ("spawn", "1,128"),
    ]
    assert [label for _, label in first.ticks] == ["1", "10", "100", "1,000", "10,000"]
    gaps = {round(b - a) for (a, _), (b, _) in pairwise(first.ticks)}
    assert len(gaps) == 1
    assert [dot.name for dot in hits.dots] == ["forkless, warm"]
    assert benchmark.is_about("forkless")
    assert not benchmark.is_about("fork")


@given(st.lists(st.floats(0, 1e12, allow_subnormal=False), min_size=1, max_size=6))
@settings(max_examples=50)
def test_what_is_more_stands_farther_right_and_inside_the_scale(figures: list[float]) -> None:
    (plot,) = plots([(f"row {n}", {"x": figure}) for n, figure in enumerate(figures)])
    xs = [dot.x for dot in plot.dots]
    assert sorted(xs) == [x for _, x in sorted(zip(figures, xs, strict=True))]
    marks = [x for x, _ in plot.ticks]
    assert marks[0] == LEFT
    assert all(LEFT <= x <= marks[-1] < WIDTH for x in xs)
    assert plot.logarithmic == (min(figures) > 0 and max(figures) / min(figures) > 20)


@pytest.mark.parametrize(
    "value", [{}, [], [3], [{"method": "a"}], [{"x": 1.5}], [{"method": "a", "x": -1.0}], "x" * 99]
)
def test_what_is_no_benchmark_is_refused_by_name(tmp_path: Path, value: Any) -> None:
    with pytest.raises(ResultError, match=r"start_latency\.json: \$"):
        load(tmp_path, value)


@pytest.mark.parametrize("number", [float("nan"), float("inf"), 5e-324, 1.7e308])
def test_numbers_that_nobody_measures_are_refused(tmp_path: Path, number: float) -> None:
    with pytest.raises(ResultError, match="names the row"):
        load(tmp_path, [{"method": "a", "x": number}])
