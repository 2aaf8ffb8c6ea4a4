"""Findings: violations seen in real pools, each a record and a script that anyone can run.

`findings.toml` holds a table a finding, `<slug>.py` beside it is its script: at most 30 lines that
use only the pool (and torch, where it is about tensors). The last line like one of these counts:

    VIOLATED: what was seen    the finding holds
    KEPT: what was seen        it is gone: the pool did what was expected
    WAITING: for what          said just before a call that, in a finding that hangs, never returns
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import Enum
from importlib.util import find_spec
from pathlib import Path
from typing import Any, get_origin, get_type_hints

from packaging.specifiers import InvalidSpecifier, SpecifierSet

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

RECORDS = "findings.toml"
LONGEST = 30  # lines of a script
NONE_FOUND = "none found"


class FindingError(ValueError):
    """A record says what it may not, or does not say what it must."""


class Standing(Enum):
    """What a run of a finding's script says about it."""

    HOLDS = "holds"
    GONE = "gone"
    BROKEN = "broken"  # the script said neither: it must be looked at
    CANNOT_RUN = "cannot run here"

    @property
    def changed(self) -> bool:
        return self in (Standing.GONE, Standing.BROKEN)


@dataclass(frozen=True, slots=True)
class Finding:
    """One violation, distinct from all others by its cause.

    `needs` are the modules that its script imports; `versions` and `system` are those of the run
    that showed it; `systems` (of platform.system()) and `python` (as PEP 440 says) are where it can
    be seen, empty ones anywhere; `rules` are those of the suite that ask for the same.
    """

    slug: str
    title: str
    pool: str
    rules: tuple[str, ...]
    needs: tuple[str, ...]
    versions: str
    system: str
    start_methods: tuple[str, ...]
    expected: str
    documentation: str
    happens: str
    upstream: str
    first_seen: date
    hangs: bool
    systems: tuple[str, ...] = ()
    python: str = ""

    def hindrance(self) -> str:
        """Why it cannot be seen here, or ""."""
        missing = [module for module in self.needs if find_spec(module) is None]
        if missing:
            return f"{', '.join(missing)} not installed"
        if self.systems and platform.system() not in self.systems:
            return f"seen on {', '.join(self.systems)} only"
        if not SpecifierSet(self.python).contains(platform.python_version(), prereleases=True):
            return f"seen with Python {self.python} only"
        return ""


def load_findings(folder: Path) -> tuple[Finding, ...]:
    """All findings of `folder`, in the order of its record.

    Raises:
        FindingError: a record is wrong, or record and scripts do not match.
        OSError: there is no record.
    """
    try:
        records = tomllib.loads((folder / RECORDS).read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise FindingError(f"{folder / RECORDS} is not TOML: {error}") from error
    scripts = {path.stem for path in folder.glob("*.py")}
    for slug in scripts ^ set(records):
        raise FindingError(
            f"finding {slug!r} has {'a script' if slug in scripts else 'a record'} alone: "
            f"it needs [{slug}] in {RECORDS} and {slug}.py beside it"
        )
    return tuple(_finding(slug, record) for slug, record in records.items())


def select(findings: Iterable[Finding], slugs: Iterable[str]) -> tuple[Finding, ...]:
    """Those named by `slugs`; all of them for none.

    Raises:
        FindingError: there is no such finding.
    """
    by_slug = {finding.slug: finding for finding in findings}
    for slug in slugs:
        if slug not in by_slug:
            raise FindingError(f"there is no finding {slug!r}; there are {', '.join(by_slug)}")
    return tuple(by_slug[slug] for slug in (tuple(slugs) or by_slug))


def _finding(slug: str, record: dict[str, Any]) -> Finding:
    kinds = {name: kind for name, kind in get_type_hints(Finding).items() if name != "slug"}
    wrong = (set(record) ^ set(kinds)) - ({"systems", "python"} - set(record))
    if wrong:
        raise FindingError(f"[{slug}] must say {', '.join(kinds)}: look at {', '.join(wrong)}")
    values: dict[str, Any] = {n: tuple(v) if isinstance(v, list) else v for n, v in record.items()}
    for name, value in values.items():
        kind = get_origin(kinds[name]) or kinds[name]
        if not isinstance(value, kind):
            raise FindingError(f"[{slug}] {name} = {record[name]!r} is no {kind.__name__}")
    try:
        SpecifierSet(values.get("python", ""))
    except InvalidSpecifier as error:
        raise FindingError(f"[{slug}] python = {values['python']!r}: {error}") from error
    return Finding(slug=slug, **values)
