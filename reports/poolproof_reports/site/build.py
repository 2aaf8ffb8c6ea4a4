"""Writes a site: one folder of plain files that needs no server and asks for nothing."""

from __future__ import annotations

from pathlib import Path

from poolproof_reports.files import text_bytes, write_atomically
from poolproof_reports.site.pages import Site, pages

_OURS = ("rule-*.html", "pool-*.html", "badge-*.svg")


def build(site: Site, folder: Path) -> int:
    """Write all files of the site into `folder`, made if missing; return how many they are.

    Each is replaced atomically. Pages of rules and pools that are no longer there are removed, and
    nothing else. Raises OSError where the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = set()
    for name, text in pages(site):
        write_atomically(folder / name, text_bytes(text))
        written.add(name)
    for pattern in _OURS:
        for old in folder.glob(pattern):
            if old.name not in written:
                old.unlink()
    return len(written)
