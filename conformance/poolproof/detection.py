"""How likely rules of chance find their saboteurs: figures as they were measured, kept as data.

`tox -e detection` measures them, each rule alone, with as many plans as the quick profile draws.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from poolproof_reports.files import write_atomically

from poolproof.chance import lower_bound

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

CONFIDENCE = 0.95  # with which a rate of misses is stated
_FILE = "detection.toml"
_HEAD = "# Measured by `tox -e detection`: seeds that were tried, and how many missed it.\n"


@dataclass(frozen=True, slots=True)
class Measured:
    """One saboteur, judged by its own rule with many seeds."""

    rule: str
    saboteur: str
    tries: int
    misses: int

    @property
    def at_most(self) -> float:
        """The rate of misses that is not exceeded, at that CONFIDENCE (3 / tries without any)."""
        return 1.0 - lower_bound(self.tries - self.misses, self.tries, CONFIDENCE)

    def __str__(self) -> str:
        return (
            f"missed {self.saboteur} in {self.misses} of {self.tries} quick runs: in less than "
            f"{self.at_most:.1%} of all, at {CONFIDENCE:.0%} confidence"
        )


def measured(path: Path | None = None) -> tuple[Measured, ...]:
    """The figures that come with this package, or those in a file like it."""
    source = path or files("poolproof").joinpath(_FILE)
    found = tomllib.loads(source.read_text(encoding="utf-8"))
    return tuple(Measured(**each) for each in found.get("measured", ()))


def keep(path: Path, news: Iterable[Measured]) -> None:
    """Write `news` to a file of figures, in place of what it said of these saboteurs."""
    known = {each.saboteur: each for each in measured(path)} if path.exists() else {}
    known |= {each.saboteur: each for each in news}
    ordered = sorted(known.values(), key=lambda each: (each.rule, each.saboteur))
    write_atomically(path, (_HEAD + "".join(map(_table, ordered))).encode())


def _table(figure: Measured) -> str:
    return (
        f'\n[[measured]]\nrule = "{figure.rule}"\nsaboteur = "{figure.saboteur}"\n'
        f"tries = {figure.tries}\nmisses = {figure.misses}\n"
    )
