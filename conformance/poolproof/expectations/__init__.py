"""Known failures of known pools: one TOML file a pool, outside the rules.

[[expect]]
rule = "FAULT-01"                       # or a pattern, "DATA-*": an entry for the rule itself wins
outcomes = ["TIMEOUT"]                  # several: it comes out one way or another, but never well
reason = "a killed worker's task is lost and get() waits for ever"
link = "https://github.com/python/cpython/issues/66587"
start_methods = ["spawn"]               # optional, like systems = ["Windows"], and
python = "<3.15"                        # python, torch and version (of the pool), as PEP 440 says
rate = 0.3                              # intermittent: so often was it seen,
runs = 40                               # in so many runs

An entry is strict unless it has a rate: once the failure is gone, the run says so and fails.
`outcomes = ["PASS"]` takes an entry back that `inherits` brings from another pool's file.
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from importlib import metadata
from importlib.resources import files
from pathlib import Path
from typing import Any

from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion
from poolproof_reports.results import BROKEN, Outcome

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


@dataclass(frozen=True, slots=True)
class Where:
    """What an expectation can depend on; versions are "" where there is none."""

    start_method: str
    system: str
    python: str
    version: str  # of the pool
    torch: str


@dataclass(frozen=True, slots=True)
class Expectation:
    """What is known to come out, under which conditions, and why."""

    rule: str
    outcomes: tuple[Outcome, ...]
    reason: str
    link: str = ""
    start_methods: tuple[str, ...] = ()
    systems: tuple[str, ...] = ()
    python: str = ""
    version: str = ""
    torch: str = ""
    rate: float | None = None
    runs: int | None = None

    def __post_init__(self) -> None:
        if set(self.outcomes) != {Outcome.PASS} and not BROKEN.issuperset(self.outcomes):
            raise ValueError("what comes out well at times has a rate and runs, not PASS beside it")
        if (self.rate is None) != (self.runs is None):
            raise ValueError("rate and runs come together")
        if self.rate is not None and not 0 < self.rate <= 1:
            raise ValueError(f"rate is {self.rate}, expected more than 0 and at most 1")
        for specifier in (self.python, self.version, self.torch):
            SpecifierSet(specifier)

    @property
    def expected(self) -> tuple[Outcome, ...]:
        """Every outcome that is no news."""
        return self.outcomes if self.rate is None else (*self.outcomes, Outcome.PASS)

    @property
    def text(self) -> str:
        """Reason, rate and link, as reports show them."""
        rate = "" if self.rate is None else f"(in {self.rate:.0%} of {self.runs} runs)"
        return " ".join(filter(None, (self.reason, rate, self.link)))

    def applies(self, rule_id: str, where: Where) -> bool:
        """Does it speak of this rule, there?"""
        return (
            fnmatchcase(rule_id, self.rule)
            and (not self.start_methods or where.start_method in self.start_methods)
            and (not self.systems or where.system in self.systems)
            and _within(self.python, where.python)
            and _within(self.version, where.version)
            and _within(self.torch, where.torch)
        )


def here(start_method: str, version: str) -> Where:
    """This interpreter, for a pool of this version."""
    try:
        torch = metadata.version("torch")
    except metadata.PackageNotFoundError:
        torch = ""
    return Where(start_method, platform.system(), platform.python_version(), version, torch)


def find(entries: Iterable[Expectation], rule_id: str, where: Where) -> Expectation | None:
    """The entry for a rule: the first that names it, else the first whose pattern fits."""
    fitting = [e for e in entries if e.applies(rule_id, where)]
    return next((e for e in fitting if e.rule == rule_id), fitting[0] if fitting else None)


def path_of(pool: str) -> Path:
    """Where the file of a known pool lies, or would lie."""
    return Path(str(files(__name__).joinpath(f"{pool}.toml")))


def expectations(pool: str) -> tuple[Expectation, ...]:
    """The known failures of `pool`; none for a pool without a file.

    Raises:
        ValueError: the file does not say what it must.
    """
    path = path_of(pool)
    return read(path) if ":" not in pool and path.is_file() else ()


def read(path: Path) -> tuple[Expectation, ...]:
    """The entries of a file, then those that it inherits.

    Raises:
        ValueError: the file does not say what it must.
        OSError: it cannot be read.
    """
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    own = tuple(expectation(entry, path.name) for entry in content.get("expect", []))
    return own + (expectations(content["inherits"]) if "inherits" in content else ())


def expectation(entry: dict[str, Any], where: str) -> Expectation:
    """One entry of the file `where`.

    Raises:
        ValueError: it does not say what it must.
    """
    try:
        outcomes = tuple(Outcome(o) for o in entry["outcomes"])
        lists = {k: tuple(entry.get(k, ())) for k in ("start_methods", "systems")}
        return Expectation(**{**entry, **lists, "outcomes": outcomes})
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{where}: entry {entry!r}: {error}") from error


def _within(specifier: str, version: str) -> bool:
    if not specifier:
        return True
    try:
        return SpecifierSet(specifier).contains(version, prereleases=True)
    except InvalidVersion:  # none, or not one that can be compared
        return False
