"""What became of one rule in one pool, in every place where it was asked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from poolproof_reports.results import RuleResult
from poolproof_reports.site.collection import Collection, Heading, Verdict
from poolproof_reports.summary import Cell, Standing, count, standing

SHOWN_CASES = 3  # different ways in which a pool breaks a rule, each with its evidence

_STANDINGS = tuple(Standing)


@dataclass(frozen=True, slots=True)
class Reasons:
    """Places that have a verdict in common, and its reason."""

    reason: str
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """The verdicts on one rule in one pool; `cases` are the ways in which it was broken."""

    heading: Heading
    pool: str
    cell: Cell
    kept: tuple[str, ...]
    broken: tuple[str, ...]
    unjudged: tuple[Reasons, ...]
    cases: tuple[RuleResult, ...]
    more_cases: int


def of_rule(collection: Collection, heading: Heading) -> list[Part]:
    """The rule in every pool that it was asked of, the worst first."""
    return _worst_first(part(collection, heading, pool) for pool in collection.pools)


def of_pool(collection: Collection, pool: str) -> list[Part]:
    """Every rule that was asked of the pool, the worst first."""
    return _worst_first(part(collection, heading, pool) for heading in collection.rules)


def _worst_first(parts: Iterable[Part]) -> list[Part]:
    asked = [part for part in parts if part.cell.total]
    return sorted(asked, key=lambda part: -_STANDINGS.index(part.cell.standing))


def part(collection: Collection, heading: Heading, pool: str) -> Part:
    verdicts = collection.of(heading.rule, pool)
    cell = count(verdict.rule for verdict in verdicts)
    cases = {(rule.outcome, rule.message): rule for rule in reversed(cell.failing)}
    shown = sorted(cases.values(), key=_evidence, reverse=True)[:SHOWN_CASES]
    return Part(
        heading,
        pool,
        cell,
        kept=_places(verdicts, {Standing.HELD}),
        broken=_places(verdicts, {Standing.KNOWN, Standing.WARNED, Standing.FAILED}),
        unjudged=_unjudged(verdicts),
        cases=tuple(shown),
        more_cases=len(cases) - len(shown),
    )


def _evidence(rule: RuleResult) -> tuple[int, bool, bool]:
    found = rule.counterexample
    return _STANDINGS.index(standing(rule)), found is not None, bool(found and found.history)


def _places(verdicts: Sequence[Verdict], wanted: set[Standing]) -> tuple[str, ...]:
    return tuple(v.seen.place for v in verdicts if standing(v.rule) in wanted)


def _unjudged(verdicts: Sequence[Verdict]) -> tuple[Reasons, ...]:
    found: dict[str, list[str]] = defaultdict(list)
    for verdict in verdicts:
        if standing(verdict.rule) is Standing.UNJUDGED:
            reason = f"{verdict.rule.outcome.value} {verdict.rule.message}".strip()
            found[reason].append(verdict.seen.place)
    return tuple(Reasons(reason, tuple(places)) for reason, places in found.items())
