"""A run as one self-contained HTML page: no server, no request, no script but its own.

Everything from a result is escaped by Jinja; the page's Content-Security-Policy admits the
page's own style and script by their digests, so that even markup that slipped through stays inert.
"""

from __future__ import annotations

import base64
import hashlib
import json
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from poolproof_reports import words
from poolproof_reports.decoding import shorten
from poolproof_reports.results import ResultFile, RuleResult
from poolproof_reports.summary import Standing, standing, table

SHOWN_EVENTS = 200
SHOWN_TEXT = 200_000  # characters of one plan, stack dump or reproducer

SYMBOLS = {
    Standing.FAILED: "✗",
    Standing.WARNED: "!",
    Standing.KNOWN: "≈",
    Standing.HELD: "✓",
    Standing.UNJUDGED: "○",
}
MEANINGS = {
    Standing.HELD: "held",
    Standing.FAILED: "fails the run",
    Standing.WARNED: "broken, but no MUST rule",
    Standing.KNOWN: "broken as expected",
    Standing.UNJUDGED: "not judged",
}


def render(result: ResultFile) -> str:
    """The whole page; beyond `SHOWN_EVENTS` and `SHOWN_TEXT` it says what it leaves out."""
    summary = table(result)
    style, script = _asset("report.css"), _asset("report.js")  # the package's own: not escaped
    return (
        _templates()
        .get_template("report.html.j2")
        .render(
            result=result,
            summary=summary,
            failures=[(i, j) for i, s in enumerate(result.subjects) for j in _failed(s.rules)],
            policy=_policy(style, script),
            style=Markup(style),
            script=Markup(script),
        )
    )


def _failed(rules: tuple[RuleResult, ...]) -> list[int]:
    return [index for index, rule in enumerate(rules) if rule.failed]


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=PackageLoader("poolproof_reports"),
        autoescape=True,
        # Not only what HTML minds: a U+202E in a pool's name would mirror the page's own words.
        finalize=lambda value: words.printable(value) if type(value) is str else value,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "cut": lambda text: shorten(text, SHOWN_TEXT),
        "duration": words.duration,
        "expectation": words.expectation,
        "label": words.label,
        "linked": words.linked,
        "pretty": lambda value: json.dumps(value, indent=2, ensure_ascii=False),
        "remainder": words.remainder,
        "safe_url": words.safe_url,
        "score": words.score,
        "standing": standing,
        "event_table": event_table,
    }
    environment.globals |= {
        "MEANINGS": MEANINGS,
        "SYMBOLS": SYMBOLS,
        "environment": words.environment,
        "headline": words.headline,
        "plural": words.plural,
        "replay": words.replay,
        "scope": words.scope,
        "stopped": words.stopped,
    }
    return environment


def event_table(history: tuple[dict[str, Any], ...]) -> tuple[list[str], list[list[str]]]:
    """Columns and rows of the last `SHOWN_EVENTS` events, a column for each key that occurs."""
    events = history[-SHOWN_EVENTS:]
    columns = list(dict.fromkeys(key for event in events for key in event))
    return columns, [[_text(event, column) for column in columns] for event in events]


def _text(event: dict[str, Any], column: str) -> str:
    value = event.get(column, "")
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return shorten(text, 500)


def _asset(name: str) -> str:
    return (files("poolproof_reports") / "templates" / name).read_text("utf-8")


def _policy(style: str, script: str) -> str:
    return (
        f"default-src 'none'; style-src {_digest(style)}; script-src {_digest(script)}; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
