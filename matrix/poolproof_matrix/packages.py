"""Which distributions go into a Windows Python, read from ``wine_packages.toml``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from poolproof_matrix.pins import WindowsPython
from poolproof_matrix.tomlfile import read_toml

LIST = Path(__file__).with_name("wine_packages.toml")


@dataclass(frozen=True)
class Requirements:
    """Requirement strings, and the constraint lines that pin them."""

    runtime: tuple[str, ...]
    packages: tuple[str, ...]
    constraints: tuple[str, ...]


def requirements(python: WindowsPython, checkout: Path, listing: Path = LIST) -> Requirements:
    """Return what *python* needs; constraints come from the checkout's ``constraints.txt``."""
    data = read_toml(listing)
    only = [name for name, versions in data["only"].items() if python.version in versions]
    return Requirements(
        runtime=tuple(data["runtime"]),
        packages=(*data["packages"], *only),
        constraints=_constraints(checkout / "constraints.txt"),
    )


def _constraints(path: Path) -> tuple[str, ...]:
    lines = (line.partition("#")[0].strip() for line in path.read_text(encoding="utf-8").splitlines())
    return tuple(line for line in lines if line)
