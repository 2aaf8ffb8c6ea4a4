"""What a run looks like while it goes on, and at its end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from poolproof_reports.results import Outcome, ResultFile, RuleResult, SubjectResult
from poolproof_reports.summary import Cell, Standing, SummaryTable, standing, table
from poolproof_reports.words import duration, headline, plural, score, stopped
from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from poolproof.engine import Listener
from poolproof.engine import Progress as Step

_STYLES = {
    Standing.HELD: "green",
    Standing.KNOWN: "yellow",
    Standing.WARNED: "bold yellow",
    Standing.FAILED: "bold red",
    Standing.UNJUDGED: "dim",
}


@contextmanager
def progress(console: Console, rules: int) -> Iterator[Listener]:
    """Shows where the run stands: a bar on a terminal, a line a rule elsewhere."""
    if not console.is_terminal:
        yield lambda step: _print_line(console, step)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("starting", total=rules)

        def listen(step: Step) -> None:
            where = f"{step.pool} ({step.start_method})"
            bar.update(task, description=escape(f"{where} {step.rule.id} {step.rule.title}"))
            if step.result is not None:
                bar.advance(task)
                if standing(step.result) in (Standing.FAILED, Standing.WARNED):
                    _print_line(console, step)

        yield listen


def _print_line(console: Console, step: Step) -> None:
    result = step.result
    if result is None:
        return
    known = " (expected)" if standing(result) is Standing.KNOWN else ""
    line = Text(f"{step.pool} {step.start_method} {result.rule} ")
    line.append(result.outcome.value + known, style=_STYLES[standing(result)])
    line.append(f" {plural(result.plans, 'plan')}, {duration(result.duration_s)}", style="dim")
    if result.message and result.outcome is not Outcome.PASS:
        line.append(f": {result.message[:300]}")
    console.print(line, soft_wrap=True)


def print_result(console: Console, result: ResultFile, written: dict[str, Path]) -> None:
    """The table, what failed, and where the report lies."""
    summary = table(result)
    console.print(_table(summary))
    for subject in result.subjects:
        for rule in subject.rules:
            if standing(rule) in (Standing.FAILED, Standing.WARNED):
                console.print(_failure(subject, rule), soft_wrap=True)
    if (warning := stopped(result)) != "":
        console.print(Text(warning, style="bold yellow"))
    style = "bold red" if result.failures else "bold green"
    console.print(Text(f"{headline(summary)} in {duration(result.duration_s)}", style=style))
    for name, path in written.items():
        console.print(Text(f"{name}: {path}"), soft_wrap=True)


def _table(summary: SummaryTable) -> RenderableType:
    drawn = Table(title="rules held / judged", title_justify="left", caption_justify="left")
    drawn.caption = "04 in the column FAULT is the broken FAULT-04; ~ says that it was expected"
    for column in ("pool", *summary.groups):
        drawn.add_column(column, no_wrap=True)
    for row in summary.rows:
        subject = row.subject
        how = f"{subject.start_method}, {duration(subject.duration_s)}"
        drawn.add_row(
            Group(Text(subject.pool), Text(how, style="dim")),
            *(_cell(cell) for cell in row.cells),
        )
    return drawn


def _cell(cell: Cell) -> RenderableType:
    lines = [Text(score(cell), style=_STYLES[cell.standing])]
    lines += [Text(_short(rule), style=_STYLES[standing(rule)]) for rule in cell.failing]
    return Group(*lines)


def _short(rule: RuleResult) -> str:
    known = "~" if standing(rule) is Standing.KNOWN else ""
    number = rule.rule.removeprefix(f"{rule.group}-")
    return f"{known}{number} {rule.outcome.value.lower()}"


def _failure(subject: SubjectResult, rule: RuleResult) -> Text:
    line = Text(f"{subject.pool} {subject.start_method} {rule.rule} ({rule.level.value}) ")
    line.append(rule.outcome.value, style=_STYLES[standing(rule)])
    line.append(f": {rule.title}\n    {rule.message[:500] or rule.expected_reason}")
    if rule.counterexample is not None and rule.counterexample.reproducer:
        line.append(f"\n    {rule.counterexample.reproducer}", style="dim")
    return line
