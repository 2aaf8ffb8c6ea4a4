"""From a stream of problems to a verdict."""

from __future__ import annotations

from collections.abc import Iterable

from poolproof.history import History, Kind
from poolproof.plan import JSON
from poolproof.verdict import PASSED, Judgement, failed, unknown


def judge(problems: Iterable[str], *, missing: str = "") -> Judgement:
    """FAIL with the first problem; without one UNKNOWN if something is `missing`; else PASS."""
    for problem in problems:
        return failed(problem)
    return unknown(missing) if missing else PASSED


def unfinished(history: History) -> str:
    """Which of the stage's own operations began and were not seen to end; "" for none."""
    ended = {(e.op, e.key) for e in history if e.kind in (Kind.OK, Kind.FAIL)}
    for event in history:
        if event.kind is Kind.INVOKE and (event.op, event.key) not in ended:
            return f"{event.op}{_of(event.key)} was not seen to end"
    return ""


def _of(key: JSON) -> str:
    return "" if key is None else f" of {key!r}"
