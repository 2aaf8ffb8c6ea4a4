"""Runs at the start of every Windows Python under Wine, and mends two things that Wine does badly.

Copied into site-packages by set-up; never imported on a real system.
"""

from __future__ import annotations

import importlib
import nt
import os
import sys
from typing import Any

assert sys.platform == "win32"


def _cache_stat_of_static_folders() -> None:
    """Answer the import system's stat calls from one listing a folder.

    ``nt.stat`` costs 0.7 ms under Wine (eight round trips to its server) and importing torch makes
    4,700 of them. Only folders that do not change while Python runs are answered so; a name which
    the listing lacks is looked up for real, since it may have been created since.
    """
    bootstrap: Any = importlib.import_module("importlib._bootstrap_external")
    real = bootstrap._path_stat
    static = [sys.prefix, *filter(None, os.environ.get("POOLPROOF_WINE_STATIC", "").split(";"))]
    roots = tuple(folder.lower().rstrip("\\") + "\\" for folder in static)
    listings: dict[str, dict[str, os.DirEntry[str]]] = {}

    def listing(folder: str) -> dict[str, os.DirEntry[str]]:
        if folder not in listings:
            try:
                with nt.scandir(folder) as entries:
                    listings[folder] = {entry.name.lower(): entry for entry in entries}
            except OSError:
                listings[folder] = {}
        return listings[folder]

    def path_stat(path: object) -> Any:
        if not isinstance(path, str) or not path.lower().startswith(roots):
            return real(path)
        folder, _, name = path.rstrip("\\/").replace("/", "\\").rpartition("\\")
        entry = listing(folder).get(name.lower())
        if entry is None or entry.is_symlink():
            return real(path)
        return entry.stat(follow_symlinks=False)

    bootstrap._path_stat = path_stat


def _replace_getppid() -> None:
    """Make ``os.getppid()`` work on 3.12 and later.

    It calls KERNEL32.PssCaptureSnapshot there, which Wine 8 and 10 only stub: the process dies.
    """
    import ctypes

    ntdll = ctypes.WinDLL("ntdll")

    def getppid() -> int:
        """Return the parent's process id."""
        information = (ctypes.c_void_p * 6)()  # PROCESS_BASIC_INFORMATION; the sixth is the parent
        ntdll.NtQueryInformationProcess(
            ctypes.c_void_p(-1), 0, information, ctypes.sizeof(information), None
        )
        return information[5] or 0

    os.getppid = nt.getppid = getppid


_cache_stat_of_static_folders()
if sys.version_info >= (3, 12):
    _replace_getppid()
