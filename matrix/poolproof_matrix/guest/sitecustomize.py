"""Runs at the start of every Windows Python under Wine, and mends what Wine does badly.

Copied into site-packages by set-up; never imported on a real system.
"""

from __future__ import annotations

import nt
import os
import sys
import zipimport
import zlib

TYPE_CHECKING = False  # typing imports twenty modules, before that is cheaper
if TYPE_CHECKING:
    from typing import Any

assert sys.platform == "win32"

_bootstrap: Any = sys.modules["_frozen_importlib_external"]  # importlib's own _bootstrap_external


def _cache_stat_of_static_folders() -> None:
    """Answer the import system's stat calls from one listing a folder.

    ``nt.stat`` costs 0.7 ms under Wine (eight round trips to its server) and importing torch makes
    4,700 of them. Only folders that do not change while Python runs are answered so; a name which
    the listing lacks is looked up for real, since it may have been created since.
    """
    real = _bootstrap._path_stat
    static = [sys.prefix, *filter(None, os.environ.get("POOLPROOF_WINE_STATIC", "").split(";"))]
    roots = tuple(folder.lower().rstrip("\\") + "\\" for folder in static)
    listings: dict[str, dict[str, os.DirEntry[str]]] = {}
    of_roots: dict[str, Any] = {}  # an import looks at each folder of sys.path, every time

    def listing(folder: str) -> dict[str, os.DirEntry[str]]:
        if folder not in listings:
            try:
                with nt.scandir(folder) as entries:
                    listings[folder] = {entry.name.lower(): entry for entry in entries}
            except OSError:
                listings[folder] = {}
        return listings[folder]

    def path_stat(path: object) -> Any:
        if not isinstance(path, str):
            return real(path)
        plain = path.rstrip("\\/").replace("/", "\\")
        if (root := plain.lower() + "\\") in roots:
            if root not in of_roots:
                of_roots[root] = real(path)
            return of_roots[root]
        if not root.startswith(roots):
            return real(path)
        folder, _, name = plain.rpartition("\\")
        entry = listing(folder).get(name.lower())
        if entry is None or entry.is_symlink():
            return real(path)
        return entry.stat(follow_symlinks=False)

    _bootstrap._path_stat = path_stat


def _read_modules_without_their_properties() -> None:
    """Read a module's bytes, and nothing else; the standard library's archive once.

    ``io.open_code`` asks for a file's properties, as does reading one to its end: some twenty round
    trips to Wine's server and its mount manager, and the archive is opened for each module in it.
    """
    real = zipimport._get_data  # type: ignore[attr-defined]
    own = sys.prefix.lower() + "\\"
    archives: dict[str, bytes] = {}

    def get_data(_loader: object, path: str) -> bytes:
        descriptor = nt.open(path, nt.O_RDONLY | nt.O_BINARY | nt.O_NOINHERIT)
        try:
            size = nt.lseek(descriptor, 0, os.SEEK_END)
            nt.lseek(descriptor, 0, os.SEEK_SET)
            return nt.read(descriptor, size)  # into no larger buffer: Wine touches every page of it
        finally:
            nt.close(descriptor)

    def get_packed_data(archive: str, entry: tuple[Any, ...]) -> Any:
        if not archive.lower().startswith(own):
            return real(archive, entry)
        if archive not in archives:
            archives[archive] = get_data(None, archive)
        _, compression, size, _, header, *_ = entry
        names = [
            int.from_bytes(archives[archive][header + at : header + at + 2], "little")
            for at in (26, 28)
        ]
        start = header + 30 + sum(names)
        data = archives[archive][start : start + size]
        return zlib.decompress(data, -15) if compression else data

    _bootstrap.FileLoader.get_data = get_data
    zipimport._get_data = get_packed_data  # type: ignore[attr-defined]


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
_read_modules_without_their_properties()
if sys.version_info >= (3, 12):
    _replace_getppid()
