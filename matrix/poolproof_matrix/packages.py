"""Which distributions go into a Windows Python, read from ``wine_packages.toml``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from poolproof_matrix.pins import WindowsPython
from poolproof_matrix.tomlfile import read_toml

LIST = Path(__file__).with_name("wine_packages.toml")


@dataclass(frozen=True)
class Requirements:
    """Requirement strings, and the constraint lines about them."""

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
        constraints=_constraints(checkout / "constraints.txt", data["packages"]),
    )


def _constraints(path: Path, names: list[str]) -> tuple[str, ...]:
    """Return the lines about *names*: a new pin of a linter does not rebuild a Windows Python."""
    text = path.read_text(encoding="utf-8")
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return tuple(line for line in lines if _name(line) in names)


def _name(requirement: str) -> str:
    return re.split(r"[^A-Za-z0-9._-]", requirement, maxsplit=1)[0].lower()
