"""The matrix as data: cells, the lanes they run in, and the rows that a CI system takes."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from poolproof_matrix.errors import MatrixError
from poolproof_matrix.tomlfile import read_toml

LANES = ("pr", "merge", "nightly", "weekly")
SYSTEMS = ("linux", "macos", "windows", "wine")
PROFILES = {"quick": 45, "full": 90}  # minutes for the tests, and for each pool in that profile
MOST = 256  # rows that GitHub Actions takes from one matrix

_ID = re.compile(r"[a-z0-9][a-z0-9.-]*")


@dataclass(frozen=True)
class Cell:
    """One place where poolproof runs; ``matrix/cells.toml`` says what each field means."""

    id: str
    system: str
    image: str
    python: str
    env: str
    pools: tuple[str, ...]
    profile: str
    lane: str
    required: bool = True

    @property
    def minutes(self) -> int:
        """After which a runner ends it."""
        per_pool = 10 if self.profile == "quick" else 45
        return PROFILES[self.profile] + per_pool * len(self.pools)

    @property
    def processor(self) -> str:
        """Of its runner."""
        return "arm64" if self.image.endswith("-arm") or self.system == "macos" else "x86-64"

    @property
    def row(self) -> dict[str, Any]:
        """What a job of the matrix needs to know, with lists as one string."""
        return {**asdict(self), "pools": " ".join(self.pools), "minutes": self.minutes}


def load_cells(path: Path) -> list[Cell]:
    """All cells in *path*.

    Raises MatrixError that names the cell, what it says and what is allowed.
    """
    cells = [_cell(path, entry) for entry in read_toml(path).get("cells", [])]
    names = [cell.id for cell in cells]
    for name in names:
        if names.count(name) > 1:
            raise MatrixError(f"{path}: two cells are called {name!r}; give one another name")
    return cells


def planned(cells: list[Cell], lane: str) -> list[Cell]:
    """The cells that run in *lane*: its own and those of the lanes before it.

    Raises MatrixError when there are none, or more than GitHub takes.
    """
    reach = LANES[: LANES.index(lane) + 1]
    rows = [cell for cell in cells if cell.lane in reach]
    if not 0 < len(rows) <= MOST:
        raise MatrixError(f"lane {lane!r} has {len(rows)} cells; it must have 1 to {MOST}")
    return rows


def find_cell(cells: list[Cell], name: str) -> Cell:
    """The cell called *name*, or MatrixError that lists those there are."""
    for cell in cells:
        if cell.id == name:
            return cell
    raise MatrixError(f"no cell is called {name!r}; there are {', '.join(c.id for c in cells)}")


def _cell(path: Path, entry: dict[str, Any]) -> Cell:
    name = entry.get("id", "(without id)")
    known = {field.name: field for field in fields(Cell)}
    unknown = sorted(entry.keys() - known.keys())
    missing = sorted(known.keys() - entry.keys() - {"required"})
    if unknown or missing:
        raise MatrixError(f"{path}: cell {name!r}: unknown {unknown}, missing {missing}")
    cell = Cell(**{**entry, "pools": tuple(entry["pools"])})
    for key, value, allowed in (
        ("system", cell.system, SYSTEMS),
        ("lane", cell.lane, LANES),
        ("profile", cell.profile, tuple(PROFILES)),
    ):
        if value not in allowed:
            raise MatrixError(
                f"{path}: cell {name!r}: {key} is {value!r}, expected one of {allowed}"
            )
    if not _ID.fullmatch(cell.id):
        raise MatrixError(
            f"{path}: cell {name!r}: an id becomes a file's name; use letters, digits, dots, dashes"
        )
    if cell.image.endswith("-latest"):
        raise MatrixError(f"{path}: cell {name!r}: {cell.image!r} changes; name a version")
    return cell
