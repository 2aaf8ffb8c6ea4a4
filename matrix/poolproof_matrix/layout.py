"""Where things lie: the cache of Windows under Wine, and the checkout it serves."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path, PurePath

import platformdirs

from poolproof_matrix.errors import MatrixError
from poolproof_matrix.pins import WindowsPython

HOME_VARIABLE = "POOLPROOF_WINE_HOME"
CHECKOUT_VARIABLE = "POOLPROOF_CHECKOUT"


@dataclass(frozen=True)
class WineHome:
    """The folder that holds all that set-up makes; deleting it is a complete removal."""

    root: Path

    @property
    def prefix(self) -> Path:
        """The Wine prefix, shared by every Windows Python."""
        return self.root / "prefix"

    @property
    def locks(self) -> Path:
        """Lock files; they outlive what they guard, so that two processes never lock two files."""
        return self.root / "locks"

    @property
    def pythons(self) -> Path:
        """One folder for each Windows Python."""
        return self.root / "pythons"

    def python(self, python: WindowsPython) -> Path:
        """The folder of ``python.exe``."""
        return self.pythons / python.version

    def site_packages(self, python: WindowsPython) -> Path:
        """The packages of that Python."""
        return self.python(python) / "Lib" / "site-packages"

    @property
    def checkouts(self) -> Path:
        """The project's own packages, one folder for each state of the sources."""
        return self.root / "checkouts"


def wine_home() -> WineHome:
    """Return the place set by POOLPROOF_WINE_HOME, or the user's cache folder."""
    chosen = os.environ.get(HOME_VARIABLE)
    root = Path(chosen) if chosen else platformdirs.user_cache_path("poolproof") / "wine"
    return WineHome(Path(os.path.abspath(root)))


def find_checkout(start: Path | None = None) -> Path:
    """Return the root of the poolproof checkout that holds *start* (default: current folder).

    POOLPROOF_CHECKOUT overrides it; a module imported from a checkout finds its own.
    """
    named = os.environ.get(CHECKOUT_VARIABLE)
    starts = [Path(named)] if named else [start or Path.cwd(), Path(__file__)]
    for folder in starts:
        resolved = folder.resolve()
        for candidate in (resolved, *resolved.parents):
            if _is_checkout(candidate):
                return candidate
    raise MatrixError(
        f"no poolproof checkout at or above {starts[0]}; run this from a clone of the repository, "
        f"or set {CHECKOUT_VARIABLE} to one"
    )


def _is_checkout(folder: Path) -> bool:
    return (folder / "impl" / "forkless").is_dir() and (folder / "matrix").is_dir()


def windows_path(path: PurePath) -> str:
    r"""Return an absolute POSIX path as Wine shows it: ``/a/b`` is ``Z:\a\b``."""
    return "Z:" + str(path).replace("/", "\\")
