"""Known failures of known pools: one TOML file a pool, outside the rules.

[[expect]]
rule = "FAULT-01"                       # or a pattern: "DATA-*"
outcomes = ["TIMEOUT"]                  # several: it comes out one way or another
reason = "a killed worker's task is lost and get() waits for ever"
link = "https://github.com/python/cpython/issues/66587"
start_methods = ["spawn"]               # optional, like systems = ["Windows"], and
python = "<3.15"                        # python and version (of the pool), as PEP 440 says
"""

from __future__ import annotations

import platform
import sys
from dataclasses import dataclass
from fnmatch import fnmatchcase
from importlib.resources import files
from typing import Any

from packaging.specifiers import SpecifierSet
from poolproof_reports.results import Outcome

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


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

    def applies(self, rule_id: str, start_method: str, version: str) -> bool:
        """Does it speak of this rule, here?"""
        return (
            fnmatchcase(rule_id, self.rule)
            and (not self.start_methods or start_method in self.start_methods)
            and (not self.systems or platform.system() in self.systems)
            and SpecifierSet(self.python).contains(platform.python_version(), prereleases=True)
            and (not self.version or SpecifierSet(self.version).contains(version, prereleases=True))
        )


def expectations(pool: str) -> tuple[Expectation, ...]:
    """The known failures of `pool`; none for a pool without a file.

    Raises:
        ValueError: the file does not say what it must.
    """
    path = files(__name__).joinpath(f"{pool}.toml")
    if not path.is_file():
        return ()
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    own = tuple(_expectation(entry, path.name) for entry in content.get("expect", []))
    return own + (expectations(content["inherits"]) if "inherits" in content else ())


def _expectation(entry: dict[str, Any], where: str) -> Expectation:
    try:
        outcomes = tuple(Outcome(o) for o in entry["outcomes"])
        lists = {k: tuple(entry.get(k, ())) for k in ("start_methods", "systems")}
        return Expectation(**{**entry, **lists, "outcomes": outcomes})
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{where}: entry {entry!r}: {error}") from error
