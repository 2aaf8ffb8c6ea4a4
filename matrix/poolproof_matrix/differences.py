"""Tests that Windows under Wine cannot judge, each with its reason and a link."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from poolproof_matrix.errors import MatrixError
from poolproof_matrix.tomlfile import read_toml

LIST = Path(__file__).with_name("wine_differences.toml")
_KEYS = frozenset({"test", "reason", "link"})


@dataclass(frozen=True)
class Difference:
    """One entry of the list: *test* is a node id of pytest, in which ``*`` stands for any text."""

    test: str
    reason: str
    link: str

    def matches(self, name: str) -> bool:
        """Whether this entry means the test called *name*.

        Only ``*`` is special: fnmatch would read the ``[param]`` of a test id as a set of letters.
        """
        return re.fullmatch(".*".join(map(re.escape, self.test.split("*"))), name) is not None


def load(listing: Path = LIST) -> tuple[Difference, ...]:
    """Return the entries; raise MatrixError for one without test, reason or link."""
    return tuple(_entry(entry, listing) for entry in read_toml(listing).get("difference", []))


def _entry(entry: dict[str, Any], listing: Path) -> Difference:
    if entry.keys() != _KEYS or not all(entry.values()):
        raise MatrixError(f"{listing.name}: {entry} must have `test`, `reason` and `link`, no more")
    return Difference(**entry)
