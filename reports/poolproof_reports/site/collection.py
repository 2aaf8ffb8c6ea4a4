"""Every verdict of any number of runs, found by rule and by pool."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from poolproof_reports.results import (
    Level,
    Outcome,
    ResultError,
    ResultFile,
    RuleResult,
    RunInfo,
    SubjectResult,
    load,
)


@dataclass(frozen=True, slots=True)
class Run:
    """A result, and the cell of the matrix that it comes from."""

    cell: str
    result: ResultFile


@dataclass(frozen=True, slots=True)
class Seen:
    """One pool, judged in one run under one start method."""

    run: Run
    subject: SubjectResult

    @property
    def place(self) -> str:
        subject = self.subject
        return f"{self.run.cell} · {subject.start_method} · {subject.pool} {subject.version}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One rule, judged once."""

    seen: Seen
    rule: RuleResult


@dataclass(frozen=True, slots=True)
class Heading:
    """A rule as the runs name it."""

    rule: str
    title: str
    group: str
    level: Level
    stochastic: bool
    source: str


@dataclass(frozen=True)
class Collection:
    """Runs taken together; rules stand by group and number, pools in the order of the runs."""

    runs: tuple[Run, ...]
    seen: tuple[Seen, ...]
    rules: tuple[Heading, ...]
    pools: tuple[str, ...]
    verdicts: Mapping[tuple[str, str], tuple[Verdict, ...]]  # of (rule, pool)

    def of(self, rule: str, pool: str) -> tuple[Verdict, ...]:
        return self.verdicts.get((rule, pool), ())


def gather(paths: Iterable[Path]) -> Collection:
    """The runs of these result files, and of all result.json files in these folders.

    Raises:
        ResultError: a file is no result, a folder has none; it names the file.
        OSError: a file cannot be read.
    """
    return collect(_run(file) for path in paths for file in result_files(path))


def collect(runs: Iterable[Run]) -> Collection:
    """The runs, by rule and pool."""
    runs = tuple(runs)
    seen = tuple(Seen(run, _as_held(subject)) for run in runs for subject in run.result.subjects)
    verdicts: dict[tuple[str, str], list[Verdict]] = defaultdict(list)
    headings: dict[str, Heading] = {}
    for one in seen:
        for rule in one.subject.rules:
            verdicts[rule.rule, one.subject.pool].append(Verdict(one, rule))
            if rule.rule not in headings:
                headings[rule.rule] = _heading(rule)
    groups = list(dict.fromkeys(heading.group for heading in headings.values()))
    return Collection(
        runs=runs,
        seen=seen,
        rules=tuple(sorted(headings.values(), key=lambda h: (groups.index(h.group), _key(h.rule)))),
        pools=tuple(dict.fromkeys(one.subject.pool for one in seen)),
        verdicts={key: tuple(found) for key, found in verdicts.items()},
    )


def cell_of(file: Path, info: RunInfo) -> str:
    """`CELL` where the file lies in a folder report-CELL, as the matrix has it; else what it says.

    Runs of one system, processor and minor version of Python then count as one cell.
    """
    for folder in file.parents:
        if folder.name.startswith("report-"):
            return folder.name.removeprefix("report-")
    python = ".".join(info.python.split(".")[:2])
    return f"{info.os} {info.arch}, Python {python}" + (
        f", {info.emulation}" if info.emulation else ""
    )


def result_files(path: Path) -> list[Path]:
    """The file itself, or all of that name in a folder; ResultError if it has none."""
    if not path.is_dir():
        return [path]
    found = sorted(path.rglob("result.json"))
    if not found:
        raise ResultError(f"{path}: no result.json in this folder, expected one or more")
    return found


def _run(file: Path) -> Run:
    result = load(file)
    return Run(cell_of(file, result.run_info), result)


def _as_held(subject: SubjectResult) -> SubjectResult:
    """A rule that holds where a failure was expected is news for its run, and held for a reader."""
    if not any(rule.unexpected and rule.outcome is Outcome.PASS for rule in subject.rules):
        return subject
    rules = (
        replace(rule, expected=(Outcome.PASS,), expected_reason="")
        if rule.outcome is Outcome.PASS
        else rule
        for rule in subject.rules
    )
    return replace(subject, rules=tuple(rules))


def _heading(rule: RuleResult) -> Heading:
    return Heading(rule.rule, rule.title, rule.group, rule.level, rule.stochastic, rule.source)


def _key(rule: str) -> list[tuple[int, str]]:
    """RES-9 before RES-10, and RES-100 after them."""
    return [(int(part) if part.isdecimal() else 0, part) for part in re.split(r"(\d{1,9})", rule)]
