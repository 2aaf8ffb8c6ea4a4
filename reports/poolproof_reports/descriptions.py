"""What the rules demand, as `poolproof explain '*' --json` prints it: results name rules only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from poolproof_reports.decoding import LATER, ResultError, decode
from poolproof_reports.results import Level, Record, read_json

Descriptions = Mapping[str, "Description"]


@dataclass(frozen=True, slots=True)
class Detection(Record):
    """How often quick runs missed a fault of one in a thousand, as measured.

    The true rate of misses is `missed_at_most`, with that `confidence`.
    """

    saboteur: str
    runs: int
    misses: int
    missed_at_most: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Description(Record):
    """A rule in words; `needs` are the capabilities and `after` the rules that it rests on."""

    id: str
    title: str
    level: Level
    driver: str
    demands: str
    needs: tuple[str, ...]
    after: tuple[str, ...]
    stochastic: bool
    source: str
    since: str
    triage: tuple[str, ...]
    detection: tuple[Detection, ...] = field(default=(), metadata=LATER)


def load_descriptions(path: Path) -> dict[str, Description]:
    """Rule id to description; ResultError names the file and what is wrong in it, else OSError."""
    try:
        return describe(read_json(path))
    except ResultError as error:
        raise ResultError(f"{path}: {error}") from error


def describe(records: Any) -> dict[str, Description]:
    """Rule id to description, of JSON; ResultError says what is wrong in it."""
    found: tuple[Description, ...] = decode(tuple[Description, ...], records)
    return {description.id: description for description in found}
