"""Two sets of runs compared: what broke, what was mended, what came and what went."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from itertools import groupby

from rich.console import Console
from rich.table import Table
from rich.text import Text

from poolproof_reports.results import BROKEN, NOT_JUDGED, RuleResult
from poolproof_reports.site.collection import Collection, Verdict
from poolproof_reports.summary import SEVERITY
from poolproof_reports.words import brief, plural, printable


class Change(Enum):
    """What became of a rule; the members stand in the order in which they matter."""

    BROKE = "newly broken"
    CAME_BROKEN = "broken, and not judged before"
    OTHERWISE = "broken in another way"
    UNJUDGED = "no longer judged"
    MENDED = "mended"
    CAME = "held, and not judged before"

    @property
    def is_failure(self) -> bool:
        return self in (Change.BROKE, Change.CAME_BROKEN)


@dataclass(frozen=True, slots=True)
class Difference:
    """A rule whose verdict changed; `old` or `new` is None where the rule was not asked."""

    change: Change
    place: str
    old: RuleResult | None
    new: RuleResult | None

    @property
    def rule(self) -> RuleResult:
        rule = self.new or self.old
        assert rule is not None
        return rule


@dataclass(frozen=True, slots=True)
class Comparison:
    """All differences, the worst news first; `same` verdicts did not change."""

    differences: tuple[Difference, ...]
    same: int

    @property
    def failures(self) -> int:
        return sum(difference.change.is_failure for difference in self.differences)

    @property
    def groups(self) -> list[tuple[Change, list[Difference]]]:
        """The differences by what changed, in the order in which it matters."""
        found = groupby(self.differences, key=lambda difference: difference.change)
        return [(change, list(differences)) for change, differences in found]

    @property
    def headline(self) -> str:
        if self.failures:
            return plural(self.failures, "new failure")
        return "No new failure"


def compare(old: Collection, new: Collection) -> Comparison:
    """Each rule of each pool, start method and cell; two runs of one cell each are one cell."""
    by_cell = len(_cells(old)) > 1 or len(_cells(new)) > 1
    before, after = _worst(old, by_cell), _worst(new, by_cell)
    found = []
    keys = dict.fromkeys((*after, *before))
    for key in keys:
        change = _change(before.get(key), after.get(key))
        if change is not None:
            cell, pool, method, _ = key
            place = " · ".join(filter(None, (pool, method, cell)))
            found.append(Difference(change, place, before.get(key), after.get(key)))
    order = list(Change)
    found.sort(key=lambda difference: order.index(difference.change))
    return Comparison(tuple(found), len(keys) - len(found))


def show(comparison: Comparison, console: Console) -> None:
    """Print it, the new failures first."""
    console.print(Text(comparison.headline, style="bold"))
    table = Table(box=None, pad_edge=False)
    for column in ("", "rule", "pool, start method", "was", "is", "why"):
        table.add_column(column, overflow="fold")
    for each in comparison.differences:
        was, now = (rule.outcome.value if rule else "-" for rule in (each.old, each.new))
        why = brief(each.new.message) if each.new else ""
        style = "bold red" if each.change.is_failure else ""
        cells = (each.change.value, each.rule.rule, each.place, was, now, why)
        table.add_row(*(Text(printable(cell)) for cell in cells), style=style)
    if comparison.differences:
        console.print(table)
    console.print(Text(f"{plural(comparison.same, 'verdict')} did not change"))


_Key = tuple[str, str, str, str]


def _cells(collection: Collection) -> set[str]:
    return {run.cell for run in collection.runs}


def _worst(collection: Collection, by_cell: bool) -> dict[_Key, RuleResult]:
    found: dict[_Key, RuleResult] = {}
    for verdict in _verdicts(collection):
        subject = verdict.seen.subject
        cell = verdict.seen.run.cell if by_cell else ""
        key = (cell, subject.pool, subject.start_method, verdict.rule.rule)
        known = found.get(key)
        if known is None or _severity(verdict.rule) > _severity(known):
            found[key] = verdict.rule
    return found


def _verdicts(collection: Collection) -> Iterable[Verdict]:
    return (verdict for found in collection.verdicts.values() for verdict in found)


def _severity(rule: RuleResult) -> int:
    """Of a rule judged in one run and not in another, the judgement counts."""
    return -1 if rule.outcome in NOT_JUDGED else SEVERITY.index(rule.outcome)


def _change(old: RuleResult | None, new: RuleResult | None) -> Change | None:
    was = None if old is None or old.outcome in NOT_JUDGED else old.outcome
    now = None if new is None or new.outcome in NOT_JUDGED else new.outcome
    if was is now:
        return None
    if now is None:
        return Change.UNJUDGED
    if now in BROKEN:
        if was is None:
            return Change.CAME_BROKEN
        return Change.OTHERWISE if was in BROKEN else Change.BROKE
    return Change.CAME if was is None else Change.MENDED
