"""Build a folder at most once for a given set of pins, and never leave half of one.

Guarantees:
- A folder whose stamp matches is complete: the stamp is written inside the folder under
  construction, as its last file, before the folder gets its name.
- A build that is interrupted leaves only a ``.building-*`` folder, removed by the next one.

Assumes:
- The caller holds the exclusive set-up lock.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

STAMP = ".poolproof-stamp.json"
BUILDING = ".building-"

Pins = Mapping[str, object]


def is_current(folder: Path, pins: Pins) -> bool:
    """Whether *folder* was completely built from exactly these pins."""
    return bool(read_stamp(folder) == json.loads(json.dumps(pins)))


def read_stamp(folder: Path) -> object:
    """Return the pins *folder* was built from, or None where there is no complete folder."""
    try:
        return json.loads((folder / STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def build(folder: Path, pins: Pins, make: Callable[[Path], None]) -> None:
    """Replace *folder* by what *make* puts into the empty folder that it is given."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    sweep(folder.parent)
    fresh = Path(tempfile.mkdtemp(prefix=BUILDING, dir=folder.parent))
    try:
        make(fresh)
        (fresh / STAMP).write_text(json.dumps(pins, indent=1) + "\n", encoding="utf-8")
        fresh.chmod(0o755)
        if folder.exists():
            # Two renames and not one deletion: a crash in between leaves no half-deleted folder
            # that still carries its stamp.
            folder.rename(tempfile.mkdtemp(prefix=BUILDING, dir=folder.parent) + "-old")
        fresh.rename(folder)
    finally:
        sweep(folder.parent)


def sweep(parent: Path) -> None:
    """Delete what interrupted builds left in *parent*."""
    for leftover in leftovers(parent):
        shutil.rmtree(leftover)


def leftovers(parent: Path) -> list[Path]:
    """Return the folders under construction in *parent*."""
    return list(parent.glob(BUILDING + "*"))


def digest(value: object) -> str:
    """Return a short hexadecimal name for a JSON value."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]
