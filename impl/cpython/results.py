"""What came of CPython's tests, and what was expected of them."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

GROUPS = ("processes", "manager", "threads", "misc", "forkless.Pool", "executor")


@dataclass(frozen=True)
class TestClass:
    """One class of tests, and the group that it is run for."""

    group: str
    name: str


@dataclass(frozen=True)
class Result:
    """One test."""

    group: str
    test: str  # "Class.method"
    outcome: str  # passed, failed, skipped
    detail: str = ""


@dataclass(frozen=True)
class Difference:
    """A test that is expected to fail, where, and why."""

    test: str  # "Class.method"
    reason: str
    python: tuple[str, ...] = ()  # "3.11", ...; all if none is named
    system: tuple[str, ...] = ()  # as sys.platform has it
    group: tuple[str, ...] = ()
    hangs: bool = False
    by_chance: bool = False  # it passes now and then

    def applies(self, classes: Iterable[TestClass]) -> bool:
        """Whether its test was run, on this interpreter and system, in a group that it names."""
        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        return (
            (not self.python or version in self.python)
            and (not self.system or sys.platform in self.system)
            and any(map(self.concerns, classes))
        )

    def concerns(self, test_class: TestClass) -> bool:
        """Whether its test is one of that class."""
        return self._names(test_class.group) and test_class.name == self.test.partition(".")[0]

    def explains(self, result: Result) -> bool:
        """Whether *result* is the failure that is expected."""
        return (
            result.outcome == "failed"
            and self._names(result.group)
            and fnmatchcase(result.test, self.test)
        )

    def _names(self, group: str) -> bool:
        return not self.group or group in self.group


def read_differences(listing: Path) -> list[Difference]:
    """The entries of *listing*; raises TypeError for one without a reason."""
    content = tomllib.loads(listing.read_text(encoding="utf-8"))
    return [_difference(**entry) for entry in content.get("difference", [])]


def _difference(
    test: str, reason: str, hangs: bool = False, by_chance: bool = False, **where: list[str]
) -> Difference:
    places = {name: tuple(values) for name, values in where.items()}
    return Difference(test, reason, hangs=hangs, by_chance=by_chance, **places)


@dataclass(frozen=True)
class Verdict:
    """The failures, told apart."""

    expected: list[Result] = field(default_factory=list)
    stock: list[Result] = field(default_factory=list)  # a stock start method fails it as well
    unexpected: list[Result] = field(default_factory=list)
    gone: list[Difference] = field(default_factory=list)  # expected to fail, and did not

    @property
    def good(self) -> bool:
        """Whether all is as expected."""
        return not self.unexpected and not self.gone


def judge(
    results: Sequence[Result], differences: Sequence[Difference], failed_in_stock: Iterable[str]
) -> Verdict:
    """Tell the failures in *results* apart; *differences* are those that apply.

    A difference that a stock start method has as well is none of forkless: it is stock's.
    """
    stock_tests = set(failed_in_stock)
    certain = [d for d in differences if not d.by_chance]
    verdict = Verdict(gone=[d for d in certain if not any(map(d.explains, results))])
    for result in results:
        if result.outcome != "failed":
            continue
        if any(d.explains(result) for d in differences):
            verdict.expected.append(result)
        elif result.test in stock_tests:
            verdict.stock.append(result)
        else:
            verdict.unexpected.append(result)
    return verdict
