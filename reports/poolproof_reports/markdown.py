"""A run as Markdown that fits a GitHub job summary and can be pasted into an issue."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from poolproof_reports.decoding import shorten
from poolproof_reports.files import text_bytes
from poolproof_reports.results import ResultFile, RuleResult, SubjectResult
from poolproof_reports.summary import Cell, Row, Standing, SummaryTable, standing, table
from poolproof_reports.words import (
    brief,
    environment,
    expectation,
    headline,
    label,
    linked,
    plural,
    printable,
    remainder,
    replay,
    safe_url,
    scope,
    score,
    stopped,
)

# GitHub refuses a step summary of more than 1 MiB.
# https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
MAX_BYTES = 1_000_000
MAX_PACKAGES = 60
NAMED = 4  # failing rules in one cell of the table

SYMBOLS = {
    Standing.FAILED: "❌",
    Standing.WARNED: "⚠️",
    Standing.KNOWN: "🔸",
    Standing.HELD: "✅",
    Standing.UNJUDGED: "⚪",
}
LEGEND = (
    "✅ held · ❌ failed · 🔸 broken as expected · ⚠️ broken, but no MUST rule · ⚪ not judged. "
    "Numbers are rules held of rules judged."
)

_ENTITIES = {character: f"&#{ord(character)};" for character in "&<>|`@"}
_ESCAPES = {character: f"\\{character}" for character in "\\*_[]~#!$"}
_TABLE = str.maketrans({**_ENTITIES, **_ESCAPES})


def render(result: ResultFile, max_bytes: int = MAX_BYTES) -> str:
    """The summary; beyond `max_bytes` of UTF-8 details are left out, and a line says so."""
    summary = table(result)
    closing = "\n".join(_closing(result))
    room = max_bytes - _size(closing) - 200  # 200: the line about the cut
    kept: list[str] = []
    blocks = list(_blocks(result, summary))
    for block in blocks:
        room -= _size(block) + 1
        if room < 0:
            kept.append(
                f"\n> **Cut here:** {plural(len(blocks) - len(kept), 'more line')} would not fit "
                "into this summary. The HTML report has everything.\n"
            )
            break
        kept.append(block)
    return "\n".join([*kept, closing]) + "\n"


def inline(text: str, limit: int = 200) -> str:
    """`text` as one harmless line: no markup, no HTML, no mention, no link, no table cell."""
    return _escaped(brief(text, limit))


def _escaped(line: str) -> str:
    return printable(line).translate(_TABLE).replace("://", "&#58;//")


def _prose(text: str, limit: int) -> str:
    """Like `inline`, but whole http and https addresses stay links."""
    pieces = linked(brief(text, limit))
    return "".join(f"<{url}>" if url else _escaped(piece) for piece, url in pieces)


def fenced(text: str, language: str = "", limit: int = 4000) -> str:
    """A code block that its content cannot close."""
    ticks = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, ticks + 1)
    return f"{fence}{language}\n{shorten(printable(text).strip(), limit)}\n{fence}"


def _size(text: str) -> int:
    return len(text_bytes(text))


def _blocks(result: ResultFile, summary: SummaryTable) -> Iterator[str]:
    symbol = SYMBOLS[summary.total.standing]
    yield f"# {symbol} poolproof: {headline(summary)}\n"
    if early := stopped(result):
        yield f"> [!CAUTION]\n> **{inline(early)}**. What follows is what was finished.\n"
    yield f"{inline(scope(result))}.\n"
    yield from _table(summary)
    yield f"\n<sub>{LEGEND}</sub>\n"
    yield from _section("Failures", summary, Standing.FAILED)
    yield from _section("Broken, but no MUST rule", summary, Standing.WARNED)
    yield from _section("Broken as expected", summary, Standing.KNOWN)


def _table(summary: SummaryTable) -> Iterator[str]:
    heads = ["pool", "start method", *map(inline, summary.groups), "all"]
    yield "| " + " | ".join(heads) + " |"
    yield "|" + " --- |" * len(heads)
    for row in summary.rows:
        cells = [_cell(cell) for cell in row.cells]
        yield "| " + " | ".join([*_row_heads(row), *cells, _cell(row.total, names=False)]) + " |"


def _row_heads(row: Row) -> list[str]:
    subject = row.subject
    unfinished = "" if subject.complete else " (incomplete)"
    name = f"**{inline(subject.pool, 80)}** {inline(subject.version, 40)}".rstrip()
    return [name + unfinished, inline(subject.start_method, 40)]


def _cell(cell: Cell, names: bool = True) -> str:
    if not cell.total:
        return ""
    named = [inline(label(rule), 40) for rule in cell.failing[:NAMED]] if names else []
    more = len(cell.failing) - len(named)
    named += [f"{more} more"] if names and more else []
    parts = [f"{SYMBOLS[cell.standing]} {score(cell)}", ", ".join(named), remainder(cell)]
    return "<br>".join(part.strip() for part in parts if part)


def _section(title: str, summary: SummaryTable, wanted: Standing) -> Iterator[str]:
    found = [
        (row.subject, rule)
        for row in summary.rows
        for rule in row.total.failing
        if standing(rule) is wanted
    ]
    if found:
        yield f"\n## {title} ({len(found):,})\n"
    for subject, rule in found:
        yield _entry(subject, rule)


def _entry(subject: SubjectResult, rule: RuleResult) -> str:
    name = f"**{inline(rule.rule, 40)}** {inline(rule.title)}"
    if url := safe_url(rule.source):
        name += f" ([source](<{url}>))"
    where = f"{inline(subject.pool, 80)}, {inline(subject.start_method, 40)}"
    facts = [f"{rule.outcome.value} ({rule.level.value})", _prose(expectation(rule), 300)]
    lines = [f"- {name} · {where}: {', '.join(filter(None, facts))}"]
    if rule.message:
        lines.append(f"  <br>{_prose(rule.message, 500)}")
    if rule.counterexample and rule.counterexample.reproducer:
        block = fenced(rule.counterexample.reproducer)
        body = f"<details><summary>Reproduce it</summary>\n\n{block}\n\n</details>"
        lines += ["", *(f"  {line}" if line else "" for line in body.split("\n")), ""]
    return "\n".join(lines)


def _closing(result: ResultFile) -> Iterator[str]:
    yield "\n## Where it ran\n\n| | |\n| --- | --- |"
    for name, value in islice(environment(result.run_info).items(), MAX_PACKAGES):
        yield f"| {inline(name, 80)} | {inline(value)} |"
    seed = "" if result.seed is None else f" (seed {result.seed})"
    yield f"\n## How to run it again{seed}\n\n{fenced(replay(result), 'sh')}"
