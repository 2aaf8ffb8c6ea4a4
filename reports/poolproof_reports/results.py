"""The result file: what a run of the suite found, as data, and its versioned JSON."""

from __future__ import annotations

import json
import os
import stat
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar

from poolproof_reports.decoding import LATER, JsonObject, ResultError, decode, encode, refuse
from poolproof_reports.files import write_atomically

SCHEMA = 1
MAX_BYTES = 64 * 1024 * 1024

__all__ = [
    "BROKEN",
    "MAX_BYTES",
    "NOT_JUDGED",
    "SCHEMA",
    "Counterexample",
    "Level",
    "Outcome",
    "ResultError",
    "ResultFile",
    "RuleResult",
    "RunInfo",
    "SubjectResult",
    "load",
    "read_json",
    "save",
]


class Outcome(str, Enum):
    """What became of one rule for one pool."""

    PASS = "PASS"
    FAIL = "FAIL"
    TIMEOUT = "TIMEOUT"
    CRASH = "CRASH"
    ERROR = "ERROR"
    UNKNOWN = "UNKNOWN"
    UNSUPPORTED = "UNSUPPORTED"
    SKIP = "SKIP"
    NOTRUN = "NOTRUN"


BROKEN = frozenset({Outcome.FAIL, Outcome.TIMEOUT, Outcome.CRASH, Outcome.ERROR, Outcome.UNKNOWN})
NOT_JUDGED = frozenset({Outcome.UNSUPPORTED, Outcome.SKIP, Outcome.NOTRUN})


class Level(str, Enum):
    """How binding a rule is, in the words of RFC 2119."""

    MUST = "MUST"
    SHOULD = "SHOULD"
    MAY = "MAY"


RecordType = TypeVar("RecordType", bound="Record")


class Record:
    """What every part of a result file can do: become JSON, and be read from it strictly."""

    __slots__ = ()

    def to_json(self) -> JsonObject:
        """A JSON object; ResultError if a plan or an event holds what JSON cannot (nan, a set)."""
        value: JsonObject = encode(self)
        return value

    @classmethod
    def from_json(cls: type[RecordType], value: Any) -> RecordType:
        """Read `to_json()`'s object; ResultError for a missing or unknown key or a wrong type."""
        record: RecordType = decode(cls, value)
        return record


@dataclass(frozen=True, slots=True)
class Counterexample(Record):
    """The evidence for a broken rule: the smallest plan known, and what was observed under it.

    `drawing` is an SVG image of what contradicts itself in the history, or "".
    """

    plan: JsonObject
    message: str
    history: tuple[JsonObject, ...] = ()
    stacks: str = ""
    processes: tuple[str, ...] = ()
    reproducer: str = ""
    drawing: str = field(default="", metadata=LATER)


@dataclass(frozen=True, slots=True)
class RuleResult(Record):
    """One rule, judged for one pool under one start method."""

    rule: str
    title: str
    group: str
    level: Level
    stochastic: bool
    source: str
    outcome: Outcome
    expected: tuple[Outcome, ...] = (Outcome.PASS,)
    expected_reason: str = ""
    message: str = ""
    plans: int = 0
    runs: int = 0
    duration_s: float = 0.0
    counterexample: Counterexample | None = None

    @property
    def unexpected(self) -> bool:
        """Judged, and not what was expected: an expected failure that is gone is news too."""
        return self.outcome not in NOT_JUDGED and self.outcome not in self.expected

    @property
    def failed(self) -> bool:
        """Whether this fails the run: a MUST rule unexpectedly broken, or an unexpected PASS."""
        if not self.unexpected:
            return False
        return self.outcome is Outcome.PASS or self.level is Level.MUST


@dataclass(frozen=True, slots=True)
class SubjectResult(Record):
    """One pool under one start method, with every rule that was asked of it."""

    pool: str
    version: str
    start_method: str
    driver: str
    capabilities: tuple[str, ...]
    complete: bool
    note: str
    duration_s: float
    rules: tuple[RuleResult, ...]


@dataclass(frozen=True, slots=True)
class RunInfo(Record):
    """Where the run took place; `emulation` is "" on a real system, else for example "wine-8.0".

    `clock` is what stamps the events of all processes, and its smallest step.
    """

    os: str
    os_version: str
    arch: str
    python: str
    implementation: str
    cpu_count: int
    memory_bytes: int
    emulation: str
    packages: dict[str, str]
    suite_version: str
    clock: str = field(default="", metadata=LATER)


@dataclass(frozen=True, slots=True)
class ResultFile(Record):
    """A whole run; `started` is ISO 8601 in UTC, `interruption` is "" or why it stopped early."""

    schema: int
    run_info: RunInfo
    profile: str
    seed: int | None
    command: tuple[str, ...]
    started: str
    duration_s: float
    complete: bool
    interruption: str
    subjects: tuple[SubjectResult, ...]

    @classmethod
    def from_json(cls, value: Any) -> ResultFile:
        """Read `to_json()`'s object; another schema version is refused before anything else."""
        if isinstance(value, dict) and "schema" in value and value["schema"] != SCHEMA:
            raise refuse("$.schema", value["schema"], f"{SCHEMA}; use the poolproof that wrote it")
        result: ResultFile = decode(cls, value)
        return result

    @property
    def failures(self) -> tuple[tuple[SubjectResult, RuleResult], ...]:
        """The rules that fail the run, each with the subject that broke it."""
        return tuple((s, rule) for s in self.subjects for rule in s.rules if rule.failed)


def save(result: ResultFile, path: str | os.PathLike[str]) -> None:
    """Write the result atomically; ResultError if it is no JSON or too large, else OSError."""
    text = json.dumps(result.to_json(), indent=1)
    if len(text) > MAX_BYTES:
        raise ResultError(f"result of {len(text)} bytes, expected at most {MAX_BYTES}")
    write_atomically(Path(path), text.encode("ascii"))


def load(path: str | os.PathLike[str]) -> ResultFile:
    """Read a result file; ResultError names the file and what is wrong in it, else OSError."""
    try:
        return ResultFile.from_json(read_json(path))
    except ResultError as error:
        raise ResultError(f"{os.fspath(path)}: {error}") from error


def read_json(path: str | os.PathLike[str]) -> Any:
    """The JSON in a file of at most MAX_BYTES; ResultError if it is none, else OSError."""
    return _parse(_read(path))


def _read(path: str | os.PathLike[str]) -> bytes:
    status = os.stat(path)
    if not stat.S_ISREG(status.st_mode):
        raise ResultError("not a regular file, expected a JSON file")
    if status.st_size > MAX_BYTES:
        raise ResultError(f"{status.st_size} bytes, expected at most {MAX_BYTES}")
    with open(path, "rb") as file:
        return file.read(MAX_BYTES)


def _parse(data: bytes) -> Any:
    try:
        return json.loads(data)
    except RecursionError as error:
        raise ResultError("nested too deeply, expected a JSON file") from error
    except ValueError as error:  # not JSON, cut short, not Unicode, a number of 10,000 digits
        raise ResultError(f"not valid JSON ({error}), expected a whole JSON file") from error
