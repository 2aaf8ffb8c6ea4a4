"""What is set up: versions, whether each part is current, and how much disk it takes."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

from poolproof_matrix import stamps
from poolproof_matrix.host import find_wine
from poolproof_matrix.layout import WineHome
from poolproof_matrix.pins import PYTHONS, WindowsPython
from poolproof_matrix.server import prefix_processes

MIB = 1 << 20


@dataclass(frozen=True)
class PartStatus:
    """One folder of the cache: complete or not, and its size in bytes (hard links counted once)."""

    name: str
    complete: bool
    size: int


@dataclass(frozen=True)
class StatusReport:
    """The state of Windows under Wine on this machine."""

    home: str
    wine: str
    processes: int
    parts: tuple[PartStatus, ...]
    packages: dict[str, dict[str, str]]
    """For each Windows Python that is set up: distribution name to version."""

    def as_json(self) -> dict[str, object]:
        """Return plain data for ``--json``."""
        return asdict(self)

    def as_text(self) -> str:
        """Return the table for people."""
        lines = [
            f"home       {self.home}",
            f"wine       {self.wine or 'not installed'}",
            f"processes  {self.processes}",
        ]
        for part in self.parts:
            state = "ready" if part.complete else "not set up"
            lines.append(f"{part.name:<22} {state:<11} {part.size / MIB:8.0f} MiB")
        for version, packages in self.packages.items():
            named = ", ".join(f"{name} {packages[name]}" for name in sorted(packages))
            lines.append(f"packages for {version}: {named}")
        return "\n".join(lines)


def collect(home: WineHome) -> StatusReport:
    """Look at *home*; changes nothing."""
    wine = find_wine()
    pythons = [python for python in PYTHONS.values() if home.python(python).exists()]
    parts = [_part("prefix", home.prefix)]
    parts += [_part(f"CPython {python.release}", home.python(python)) for python in pythons]
    parts.append(PartStatus("checkouts", home.checkouts.exists(), _size(home.checkouts)))
    return StatusReport(
        home=str(home.root),
        wine=wine.version if wine else "",
        processes=sum(1 for _ in prefix_processes(home.prefix)),
        parts=tuple(parts),
        packages={python.version: _packages(home, python) for python in pythons},
    )


def _part(name: str, folder: Path) -> PartStatus:
    return PartStatus(name, stamps.read_stamp(folder) is not None, _size(folder))


def _size(folder: Path) -> int:
    found = {}
    for path in folder.rglob("*"):
        if not path.is_symlink() and path.is_file():
            information = path.stat()
            found[information.st_dev, information.st_ino] = information.st_size
    return sum(found.values())


def _packages(home: WineHome, python: WindowsPython) -> dict[str, str]:
    folders = home.site_packages(python).glob("*.dist-info")
    return dict(folder.name.removesuffix(".dist-info").rsplit("-", 1) for folder in folders)
