"""Many runs as one table: did every cell report, whole, and what did it find?

A cell that is missing is the worst news of all, for it looks like no news: the reports are counted
against the cells that were to run.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from poolproof_reports.markdown import LEGEND, SYMBOLS, inline
from poolproof_reports.results import ResultError, ResultFile, load
from poolproof_reports.summary import Cell, table
from poolproof_reports.words import plural, score

_NAMED = 8  # rules in one cell of the table


@dataclass(frozen=True)
class Report:
    """What one cell of the matrix sent: its result, or why there is none."""

    cell: str
    result: ResultFile | None
    trouble: str = ""
    experimental: bool = False  # shown, and never a problem


@dataclass(frozen=True)
class Overview:
    """All reports, and how many there should be."""

    reports: tuple[Report, ...]
    expected: int

    @property
    def problems(self) -> list[str]:
        """Why this is no success, one sentence each; empty if it is one."""
        found = []
        required = [report for report in self.reports if not report.experimental]
        if len(required) != self.expected:
            found.append(f"{plural(len(required), 'report')} came, expected {self.expected}")
        for report in required:
            if report.result is None:
                found.append(f"{report.cell}: {report.trouble}")
            elif not report.result.complete:
                found.append(f"{report.cell}: stopped early: {report.result.interruption}")
            elif report.result.failures:
                found.append(f"{report.cell}: {plural(len(report.result.failures), 'rule')} failed")
        return found


def collect(folder: Path, expected: int, experimental: Collection[str] = ()) -> Overview:
    """The reports in `folder`, one sub-folder a cell, each with a result.json somewhere in it.

    `expected` is how many there should be beside those of the `experimental` cells.

    Raises:
        ResultError: `folder` is none.
    """
    if not folder.is_dir():
        raise ResultError(f"{folder}: no folder, expected one with a folder for each cell")
    cells = sorted(path for path in folder.iterdir() if path.is_dir())
    return Overview(tuple(_report(path, experimental) for path in cells), expected)


def _report(folder: Path, experimental: Collection[str]) -> Report:
    name = folder.name.removeprefix("report-")
    result, trouble = None, ""
    found = sorted(folder.rglob("result.json"))
    if len(found) == 1:
        try:
            result = load(found[0])
        except (ResultError, OSError) as error:
            trouble = str(error)
    else:
        trouble = f"{len(found)} files called result.json in {folder}, expected 1"
    return Report(name, result, trouble, name in experimental)


def render(overview: Overview) -> str:
    """The overview as Markdown."""
    return "\n".join(_lines(overview)) + "\n"


def _lines(overview: Overview) -> Iterator[str]:
    problems = overview.problems
    verdict = "✅ every cell reported, and nothing failed" if not problems else "❌ not all is well"
    yield f"# {verdict}\n"
    yield from (f"- {inline(problem)}" for problem in problems)
    groups = _groups(overview)
    heads = ["cell", "system", "Python", "pool", "start method", *groups, "all"]
    yield "\n| " + " | ".join(heads) + " |"
    yield "|" + " --- |" * len(heads)
    for report in overview.reports:
        yield from _rows(report, groups)
    yield f"\n<sub>{LEGEND}</sub>"


def _groups(overview: Overview) -> list[str]:
    results = [report.result for report in overview.reports if report.result is not None]
    named = [group for result in results for group in table(result).groups]
    return list(dict.fromkeys(map(inline, named)))


def _rows(report: Report, groups: list[str]) -> Iterator[str]:
    name = f"{report.cell} (experimental)" if report.experimental else report.cell
    if report.result is None:
        yield f"| {inline(name)} |" + " ? |" * (len(groups) + 5)
        return
    info = report.result.run_info
    system = inline(f"{info.os} {info.arch} {info.emulation}".strip())
    summary = table(report.result)
    for row in summary.rows:
        by_group = dict(zip(map(inline, summary.groups), row.cells, strict=True))
        cells = [_cell(by_group[group]) if group in by_group else "" for group in groups]
        heads = [name, system, info.python, row.subject.pool, row.subject.start_method]
        yield "| " + " | ".join([*map(inline, heads), *cells, _cell(row.total)]) + " |"


def _cell(cell: Cell) -> str:
    if not cell.total:
        return ""
    named = [inline(name) for name in cell.names[:_NAMED]]
    return "<br>".join([f"{SYMBOLS[cell.standing]} {score(cell)}", *named])
