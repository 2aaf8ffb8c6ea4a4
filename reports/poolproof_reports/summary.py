"""The table of a run as pure data: one row a subject, one column a rule group.

The terminal, the Markdown summary and the HTML page all draw this one table.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from poolproof_reports.results import BROKEN, Outcome, ResultFile, RuleResult, SubjectResult

# From the best news to the worst.
SEVERITY = (
    Outcome.PASS,
    Outcome.UNSUPPORTED,
    Outcome.SKIP,
    Outcome.NOTRUN,
    Outcome.UNKNOWN,
    Outcome.ERROR,
    Outcome.FAIL,
    Outcome.TIMEOUT,
    Outcome.CRASH,
)


class Standing(str, Enum):
    """What a result means for the reader, from nothing to see to act on it."""

    UNJUDGED = "unjudged"
    HELD = "held"
    KNOWN = "known"  # broken, as expected
    WARNED = "warned"  # unexpectedly broken, but no MUST
    FAILED = "failed"


_STANDINGS = tuple(Standing)


def standing(rule: RuleResult) -> Standing:
    if rule.failed:
        return Standing.FAILED
    if rule.unexpected:
        return Standing.WARNED
    if rule.outcome in BROKEN:
        return Standing.KNOWN
    return Standing.HELD if rule.outcome is Outcome.PASS else Standing.UNJUDGED


@dataclass(frozen=True, slots=True)
class Cell:
    """Some rules of one subject, counted; a cell of no rules has `total` 0."""

    counts: Mapping[Outcome, int]
    worst: Outcome
    standing: Standing
    failing: tuple[RuleResult, ...]  # broken or unexpected, the unexpected first

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def passed(self) -> int:
        return self.counts.get(Outcome.PASS, 0)

    @property
    def judged(self) -> int:
        return self.passed + sum(n for outcome, n in self.counts.items() if outcome in BROKEN)

    @property
    def unreached(self) -> bool:
        """Whether some were not asked: time ran out, or a rule that they build on is broken."""
        return Outcome.NOTRUN in self.counts

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(rule.rule for rule in self.failing)


@dataclass(frozen=True, slots=True)
class Row:
    """One subject; `cells` stand in the order of the table's `groups`."""

    subject: SubjectResult
    cells: tuple[Cell, ...]
    total: Cell


@dataclass(frozen=True, slots=True)
class SummaryTable:
    """Rows in the order of the run, groups in the order in which its rules first name them."""

    groups: tuple[str, ...]
    rows: tuple[Row, ...]
    total: Cell


def table(result: ResultFile) -> SummaryTable:
    """Count every rule of the run once."""
    rules = [rule for subject in result.subjects for rule in subject.rules]
    groups = tuple(dict.fromkeys(rule.group for rule in rules))
    rows = tuple(_row(subject, groups) for subject in result.subjects)
    return SummaryTable(groups, rows, count(rules))


def _row(subject: SubjectResult, groups: tuple[str, ...]) -> Row:
    members: dict[str, list[RuleResult]] = {group: [] for group in groups}
    for rule in subject.rules:
        members[rule.group].append(rule)
    cells = tuple(count(members[group]) for group in groups)
    return Row(subject, cells, count(subject.rules))


def count(rules: Iterable[RuleResult]) -> Cell:
    """The cell of these rules; with none its worst outcome is NOTRUN."""
    rules = tuple(rules)
    counts = Counter(rule.outcome for rule in rules)
    failing = [rule for rule in rules if rule.outcome in BROKEN or rule.unexpected]
    failing.sort(key=lambda rule: -_STANDINGS.index(standing(rule)))
    return Cell(
        counts={outcome: counts[outcome] for outcome in SEVERITY if counts[outcome]},
        worst=max(counts, key=SEVERITY.index, default=Outcome.NOTRUN),
        standing=max((standing(r) for r in rules), key=_STANDINGS.index, default=Standing.UNJUDGED),
        failing=tuple(failing),
    )
