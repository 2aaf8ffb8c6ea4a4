"""Self-contained pages: no server, no request, no script but the page's own.

Everything from a result is escaped by Jinja; a page's Content-Security-Policy admits its own style
and script by their digests, so that even markup that slipped through stays inert.
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
from poolproof_reports.summary import Standing, standing
from poolproof_reports.timeline import timeline

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


def page(template: str, styles: tuple[str, ...], scripts: tuple[str, ...], **context: Any) -> str:
    """The page that `template` makes of `context`, with these of the package's assets in it."""
    style, script = ("\n".join(map(_asset, names)) for names in (styles, scripts))
    return draw(
        template,
        policy=_policy(style, script),
        style=Markup(style),  # the package's own: not escaped
        script=Markup(script),
        **context,
    )


def draw(template: str, **context: Any) -> str:
    """What `template` makes of `context`, escaped as HTML and XML ask."""
    return templates().get_template(template).render(**context)


@cache
def templates() -> Environment:
    """Where all templates of the package are found, with the words they share."""
    found = Environment(
        loader=PackageLoader("poolproof_reports"),
        autoescape=True,
        # Not only what HTML minds: a U+202E in a pool's name would mirror the page's own words.
        finalize=lambda value: words.printable(value) if type(value) is str else value,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters |= {
        "base64": lambda text: base64.b64encode(text.encode("utf-8", "replace")).decode("ascii"),
        "brief": words.brief,
        "cut": lambda text: shorten(text, SHOWN_TEXT),
        "duration": words.duration,
        "expectation": words.expectation,
        "label": words.label,
        "linked": words.linked,
        "moment": words.moment,
        "pretty": lambda value: json.dumps(value, indent=2, ensure_ascii=False),
        "remainder": words.remainder,
        "safe_url": words.safe_url,
        "score": words.score,
        "standing": standing,
        "event_table": event_table,
        "timeline": timeline,
    }
    found.globals |= {
        "MEANINGS": MEANINGS,
        "SYMBOLS": SYMBOLS,
        "environment": words.environment,
        "headline": words.headline,
        "plural": words.plural,
        "replay": words.replay,
        "scope": words.scope,
        "stopped": words.stopped,
    }
    return found


def event_table(history: tuple[dict[str, Any], ...]) -> tuple[list[str], list[list[str]]]:
    """Columns and rows of the last `SHOWN_EVENTS` events, a column for each key that occurs."""
    events = history[-SHOWN_EVENTS:]
    columns = list(dict.fromkeys(key for event in events for key in event))
    return columns, [[_text(event, column) for column in columns] for event in events]


def _text(event: dict[str, Any], column: str) -> str:
    value = event.get(column, "")
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return shorten(text, 500)


@cache
def _asset(name: str) -> str:
    return (files("poolproof_reports") / "templates" / name).read_text("utf-8")


def _policy(style: str, script: str) -> str:
    return (
        f"default-src 'none'; style-src {_digest(style)}; script-src {_digest(script)}; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
