"""What Windows under Wine cannot judge: tests and rules, each with its reason and a link."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from poolproof_matrix.errors import MatrixError
from poolproof_matrix.tomlfile import read_toml

LIST = Path(__file__).with_name("wine_differences.toml")
KINDS = ("test", "rule")


@dataclass(frozen=True)
class Difference:
    """One entry of the list: *pattern* is a test id or a rule id, in which ``*`` stands for any."""

    kind: str
    pattern: str
    reason: str
    link: str

    def matches(self, name: str) -> bool:
        """Whether this entry means the test or rule called *name*.

        Only ``*`` is special: fnmatch would read the ``[param]`` of a test id as a set of letters.
        """
        return re.fullmatch(".*".join(map(re.escape, self.pattern.split("*"))), name) is not None


def load(listing: Path = LIST) -> tuple[Difference, ...]:
    """Return the entries; raise MatrixError for one without kind, reason or link."""
    return tuple(_entry(entry, listing) for entry in read_toml(listing).get("difference", []))


def _entry(entry: dict[str, Any], listing: Path) -> Difference:
    kinds = [kind for kind in KINDS if kind in entry]
    unknown = sorted(entry.keys() - {*KINDS, "reason", "link"})
    if len(kinds) != 1 or unknown or not (entry.get("reason") and entry.get("link")):
        raise MatrixError(
            f"{listing.name}: {entry} must have `test` or `rule`, `reason` and `link`, no more"
        )
    return Difference(kinds[0], entry[kinds[0]], entry["reason"], entry["link"])
