"""Benchmarks as plots, of the JSON that the scripts in impl/benchmarks write.

A file is a list of flat objects, a row each: its first text names the row, each number with a
fraction is a figure (of milliseconds, unless its name says otherwise), whole numbers are its
circumstances.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from poolproof_reports.decoding import ResultError, refuse
from poolproof_reports.results import read_json

MOST_ROWS = 200
WIDTH, LEFT, RIGHT, ROW = 560.0, 170.0, 86.0, 26


@dataclass(frozen=True, slots=True)
class Dot:
    """A row's figure, at `x` pixels."""

    name: str
    figure: str
    x: float
    y: int


@dataclass(frozen=True, slots=True)
class Plot:
    """One figure of every row; the scale is logarithmic where it must be to show them all."""

    title: str
    dots: tuple[Dot, ...]
    ticks: tuple[tuple[float, str], ...]
    logarithmic: bool
    height: int


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A file's plots."""

    name: str
    plots: tuple[Plot, ...]

    def is_about(self, pool: str) -> bool:
        """Whether a row is called so, or so and a comma and more."""
        names = {dot.name.partition(",")[0] for plot in self.plots for dot in plot.dots}
        return pool in names


def load_benchmark(path: Path) -> Benchmark:
    """The plots of a file; ResultError names it and what is wrong in it, else OSError."""
    try:
        rows = _rows(read_json(path))
    except ResultError as error:
        raise ResultError(f"{path}: {error}") from error
    return Benchmark(path.stem.replace("_", " "), plots(rows))


def plots(rows: Sequence[tuple[str, Mapping[str, float]]]) -> tuple[Plot, ...]:
    """A plot for every figure, of the rows that have it."""
    figures = dict.fromkeys(key for _, row in rows for key in row)
    return tuple(
        _plot(figure, [(name, row[figure]) for name, row in rows if figure in row])
        for figure in figures
    )


def _rows(value: Any) -> list[tuple[str, dict[str, float]]]:
    if not isinstance(value, list) or not 0 < len(value) <= MOST_ROWS:
        raise refuse("$", value, f"a list of 1 to {MOST_ROWS} objects, as a benchmark's --json")
    return [_row(f"$[{index}]", row) for index, row in enumerate(value)]


def _row(path: str, row: Any) -> tuple[str, dict[str, float]]:
    if not isinstance(row, dict):
        raise refuse(path, row, "an object")
    names = [value for value in row.values() if isinstance(value, str)]
    figures = {key: value for key, value in row.items() if _is_figure(value)}
    if not names or not figures:
        raise refuse(path, row, "a text that names the row, and a number with a fraction")
    return names[0], figures


def _is_figure(value: object) -> bool:
    # Neither nan nor what no measurement comes to: the powers of ten beside it would be no floats.
    return isinstance(value, float) and (value == 0 or 1e-99 < value < 1e99)


def _plot(title: str, figures: Sequence[tuple[str, float]]) -> Plot:
    values = [value for _, value in figures]
    logarithmic = min(values) > 0 and max(values) / min(values) > 20
    marks = _powers_of_ten(values) if logarithmic else _round_marks(max(values))
    place = math.log10 if logarithmic else float
    low, high = place(marks[0]), place(marks[-1])

    def x(value: float) -> float:
        return round(LEFT + (place(value) - low) / (high - low) * (WIDTH - LEFT - RIGHT), 1)

    dots = [
        Dot(name, f"{value:.3g}" if value < 1000 else f"{value:,.0f}", x(value), number * ROW)
        for number, (name, value) in enumerate(figures)
    ]
    ticks = [(x(mark), f"{mark:,.12g}") for mark in marks]
    return Plot(title.replace("_", " "), tuple(dots), tuple(ticks), logarithmic, len(dots) * ROW)


def _powers_of_ten(values: Sequence[float]) -> list[float]:
    """At most eight, from one below the least value to one above the greatest."""
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    step = math.ceil((high - low) / 7)
    return [10.0**power for power in range(low, high + step, step)]


def _round_marks(most: float) -> list[float]:
    """Zero to beyond `most` in two to five steps of 1, 2 or 5."""
    if most == 0:
        return [0.0, 1.0]
    power = 10.0 ** math.floor(math.log10(most))
    step = next(s * power for s in (0.2, 0.5, 1.0, 2.0) if most <= 5 * s * power)
    return [step * number for number in range(math.ceil(most / step) + 1)]
