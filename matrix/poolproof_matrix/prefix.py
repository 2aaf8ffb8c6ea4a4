"""Make a Wine prefix: the registry and system folder that Windows programs find."""

from __future__ import annotations

import os
from pathlib import Path

from poolproof_matrix import stamps
from poolproof_matrix.environment import wine_environment
from poolproof_matrix.host import Wine
from poolproof_matrix.layout import WineHome
from poolproof_matrix.processes import run_detached
from poolproof_matrix.server import stop

BOOT_SECONDS = 180


def pins(wine: Wine) -> dict[str, object]:
    """Return all that decides what the prefix holds."""
    return {"wine": wine.version, "windows": "win10"}


def end_leftovers(home: WineHome, wine: Wine) -> None:
    """End what a killed set-up left running: Wine would go on filling a folder to be deleted."""
    for folder in stamps.leftovers(home.root):
        stop(folder, wine)


def make(folder: Path, home: WineHome, wine: Wine) -> None:
    """Fill the empty *folder*; no process of it is left when this returns."""
    env = wine_environment(home, os.environ, prefix=folder)
    try:
        run_detached([wine.loader, "wineboot", "--init"], BOOT_SECONDS, env)
        # CPython 3.12 and later refuse to start on the Windows 7 that Wine 8 shows by default.
        run_detached([wine.loader, "winecfg", "-v", "win10"], BOOT_SECONDS, env)
        run_detached([wine.server, "--wait"], BOOT_SECONDS, env)
    except BaseException:
        stop(folder, wine)
        raise
