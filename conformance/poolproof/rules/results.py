"""Asking a pool for results, and judging what came against what was expected."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from poolproof.drivers.base import Pending, Pool
from poolproof.history import Event, History, Kind
from poolproof.plan import JSON
from poolproof.stage.api import Stage
from poolproof.values import describe
from poolproof.verdict import PASSED, Judgement, Verdict, failed, unknown

Job = tuple[Callable[..., Any], tuple[Any, ...]]
Differ = Callable[[JSON, JSON], str]


@dataclass(frozen=True, slots=True)
class _Refused:
    """A submission that raised: its error is the result."""

    error: Exception

    def get(self) -> Any:
        raise self.error


def gather(
    stage: Stage,
    pool: Pool,
    op: str,
    jobs: Iterable[Job],
    show: Callable[[Any], JSON] = describe,
) -> list[Any]:
    """Submit every job, then record each result as `op`, keyed by its number.

    Returns:
        The values, None where a job raised.
    """
    pending = [submitted(pool, job) for job in jobs]
    return [stage.call(op, p.get, key, show) for key, p in enumerate(pending)]


def submitted(pool: Pool, job: Job) -> Pending | _Refused:
    """The job's future; a submission that raises gives one whose result is that error."""
    function, arguments = job
    try:
        return pool.submit(function, *arguments)
    except Exception as error:  # noqa: BLE001 - a refusal at submission is that job's result
        return _Refused(error)


def plain(got: JSON, want: JSON) -> str:
    """How two JSON values differ; "" when they are equal."""
    return "" if same(got, want) else f"came {brief(got)}, expected {brief(want)}"


def same(got: JSON, want: JSON) -> bool:
    """Equal as JSON, where True is not 1, which `==` does not tell apart."""
    return json.dumps(got, sort_keys=True) == json.dumps(want, sort_keys=True)


def judge(
    history: History, op: str, expected: Mapping[Any, JSON], differ: Differ = plain
) -> Judgement:
    """Did each `op` of the keys in `expected` return what was expected of it?"""
    ends = settled(history, op)
    return all_of(
        _judge_one(op, key, ends.get(key), want, differ) for key, want in expected.items()
    )


def settled(history: History, op: str) -> dict[Any, Event]:
    """key -> how each operation named `op` ended."""
    return {e.key: e for e in history.of(op) if e.kind in (Kind.OK, Kind.FAIL)}


def all_of(judgements: Iterable[Judgement]) -> Judgement:
    """The first failure, else the first unknown, else a pass; unknown when there is nothing."""
    found = list(judgements)
    for verdict in (Verdict.FAIL, Verdict.UNKNOWN):
        for judgement in found:
            if judgement.verdict is verdict:
                return judgement
    return PASSED if found else unknown("nothing was asked of the pool")


def raised(event: Event) -> str:
    """The exception of a failed operation, as a person would write it."""
    error = event.value or {}
    return f"{error.get('type', 'an exception')}: {error.get('text', '')}"[:400]


def brief(value: JSON) -> str:
    """JSON, cut to what a sentence can carry."""
    text = json.dumps(value)
    return text if len(text) <= 200 else f"{text[:160]}... ({len(text)} characters)"


def name(op: str, key: JSON) -> str:
    """An operation and, where it has one, its number."""
    return op if key is None else f"{op} {key}"


def _judge_one(op: str, key: Any, end: Event | None, want: JSON, differ: Differ) -> Judgement:
    if end is None:
        return unknown(f"{name(op, key)} has no end in the history: the plan did not finish")
    if end.kind is Kind.FAIL:
        return failed(f"{name(op, key)} raised {raised(end)}; expected {brief(want)}")
    difference = differ(end.value, want)
    return failed(f"{name(op, key)}: {difference}") if difference else PASSED
