"""What result files say of each rule, cell by cell: a cell is a place where a pool was judged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from poolproof_reports.results import (
    NOT_JUDGED,
    Outcome,
    ResultFile,
    RuleResult,
    RunInfo,
    SubjectResult,
)

from poolproof.expectations import Where

SHOWN = frozenset({Outcome.FAIL, Outcome.TIMEOUT, Outcome.CRASH})  # the pool's own doing


@dataclass(slots=True)
class Cell:
    """All verdicts on one rule in one place."""

    where: Where
    counts: Counter[Outcome] = field(default_factory=Counter)
    stochastic: bool = False
    message: str = ""  # of the first that was broken

    @property
    def runs(self) -> int:
        """How often it was judged."""
        return sum(self.counts.values())

    @property
    def broken(self) -> int:
        """How often it came out badly."""
        return self.runs - self.counts[Outcome.PASS]

    @property
    def mixed(self) -> bool:
        """Did it come out both ways?"""
        return 0 < self.broken < self.runs


Cells = dict[str, list[Cell]]  # of one pool, by rule


def observed(results: Iterable[ResultFile]) -> dict[str, Cells]:
    """Pool -> rule -> its cells; what was not judged is left out."""
    found: dict[str, dict[str, dict[Where, Cell]]] = {}
    for result in results:
        for subject in result.subjects:
            where = _where(subject, result.run_info)
            for rule in subject.rules:
                if rule.outcome not in NOT_JUDGED:
                    cells = found.setdefault(subject.pool, {}).setdefault(rule.rule, {})
                    _count(cells.setdefault(where, Cell(where)), rule)
    return {
        pool: {rule: list(cells.values()) for rule, cells in sorted(rules.items())}
        for pool, rules in found.items()
    }


def _where(subject: SubjectResult, info: RunInfo) -> Where:
    return Where(
        start_method=subject.start_method,
        system=info.os,
        python=info.python,
        version=subject.version,
        torch=info.packages.get("torch", ""),
    )


def _count(cell: Cell, rule: RuleResult) -> None:
    cell.counts[rule.outcome] += 1
    cell.stochastic = rule.stochastic
    if rule.outcome is not Outcome.PASS:
        cell.message = cell.message or " ".join(rule.message.split())
