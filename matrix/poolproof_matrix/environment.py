"""The environment a Windows program gets: the host's, without what means nothing there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from poolproof_matrix.layout import WineHome, windows_path

RUN_VARIABLE = "POOLPROOF_WINE_RUN"
"""Marks every process of one run, so that its owner finds descendants that Wine re-parented."""

STATIC_VARIABLE = "POOLPROOF_WINE_STATIC"
"""Folders whose content does not change while Python runs (guest/sitecustomize.py)."""

# Python's own variables hold paths and choices of the *host's* interpreter; these few do not.
PYTHON_VARIABLES = frozenset(
    {
        "PYTHONASYNCIODEBUG",
        "PYTHONDEVMODE",
        "PYTHONFAULTHANDLER",
        "PYTHONHASHSEED",
        "PYTHONIOENCODING",
        "PYTHONUNBUFFERED",
        "PYTHONUTF8",
        "PYTHONWARNINGS",
    }
)
# DISPLAY: no window may open. TMPDIR: Windows Python would take the host's path for one of its own.
HOST_ONLY = frozenset({"DISPLAY", "TMPDIR", "VIRTUAL_ENV", "WAYLAND_DISPLAY"})

WINE_VARIABLES = {
    "WINEDEBUG": "-all",
    # No prompts for mono or gecko, no menu entries, and no crash dialog that holds a dead process
    # for three seconds.
    "WINEDLLOVERRIDES": "mscoree=;mshtml=;winemenubuilder.exe=d;winedbg.exe=d",
}


def wine_environment(
    home: WineHome, host: Mapping[str, str], prefix: Path | None = None
) -> dict[str, str]:
    """Return what Wine's own programs need."""
    kept = {name: value for name, value in host.items() if _belongs(name)}
    return {**kept, **WINE_VARIABLES, "WINEPREFIX": str(prefix or home.prefix)}


def python_environment(
    home: WineHome, host: Mapping[str, str], path: Sequence[Path], run: str
) -> dict[str, str]:
    """Return what Windows Python needs, with *path* first on ``sys.path``."""
    folders = ";".join(windows_path(folder) for folder in path)
    return {
        **wine_environment(home, host),
        # libiomp5 aborts at import: GetNumaNodeProcessorMaskEx is a stub in Wine.
        "KMP_AFFINITY": "disabled",
        "PYTHONPATH": folders,
        STATIC_VARIABLE: folders,
        RUN_VARIABLE: run,
    }


def _belongs(name: str) -> bool:
    if name in HOST_ONLY or name.startswith("WINE"):
        return False
    return not name.startswith("PYTHON") or name in PYTHON_VARIABLES
