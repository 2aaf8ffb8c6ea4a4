"""A run as one self-contained HTML page."""

from __future__ import annotations

from poolproof_reports.results import ResultFile, RuleResult
from poolproof_reports.summary import table
from poolproof_reports.templating import page


def render(result: ResultFile) -> str:
    """The whole page; where a text or a history is too long for it, it says what it leaves out."""
    return page(
        "report.html.j2",
        ("report.css",),
        ("report.js",),
        result=result,
        summary=table(result),
        failures=[(i, j) for i, s in enumerate(result.subjects) for j in _failed(s.rules)],
    )


def _failed(rules: tuple[RuleResult, ...]) -> list[int]:
    return [index for index, rule in enumerate(rules) if rule.failed]
