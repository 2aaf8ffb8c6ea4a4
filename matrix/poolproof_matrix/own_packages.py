"""Install the checkout's own two distributions for the Windows Python, as wheels.

Guarantees:
- One immutable folder for each state of the sources: a run that has begun keeps the code it began
  with, whatever is edited meanwhile, and a changed source is never missed (contents decide).
- A folder that a running program uses is not pruned: its user holds a shared lock.

Assumes:
- Lock files of folders are opened and unlinked under ``checkouts.lock`` alone.
"""

from __future__ import annotations

import hashlib
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from poolproof_matrix import stamps
from poolproof_matrix.layout import WineHome
from poolproof_matrix.locks import locked, try_lock
from poolproof_matrix.pins import WindowsPython
from poolproof_matrix.processes import run_tool
from poolproof_matrix.progress import Progress
from poolproof_matrix.windows_wheels import compile_all

DISTRIBUTIONS = ("impl", ".")
SOURCES = (
    "impl/forkless",
    "conformance/poolproof",
    "matrix/poolproof_matrix",
    "reports/poolproof_reports",
)
METADATA = ("pyproject.toml", "README.md", "LICENSE", "impl/pyproject.toml", "impl/README.md")
BUILD_SECONDS = 300
LOCK_SECONDS = 600
KEEP = 4
"""Unused folders kept: two checkouts used in turn are not rebuilt each time."""


@contextmanager
def own_packages(
    home: WineHome, checkout: Path, python: WindowsPython, uv: Path, progress: Progress
) -> Iterator[Path]:
    """Give a folder that holds the wheels of *checkout*, unpacked; nobody deletes it meanwhile."""
    with ExitStack() as while_in_use:
        with locked(home.locks / "checkouts.lock", exclusive=True, seconds=LOCK_SECONDS):
            pins = {"sources": sources_digest(checkout), "python": python.version}
            folder = home.checkouts / stamps.digest(pins)
            if not stamps.is_current(folder, pins):
                with progress.step("building forkless and poolproof from this checkout"):
                    stamps.build(folder, pins, lambda empty: _make(empty, checkout, python, uv))
            in_use = locked(_use_lock(home, folder), exclusive=False, seconds=LOCK_SECONDS)
            while_in_use.enter_context(in_use)
            folder.touch()
            _prune(home)
        yield folder


def sources_digest(checkout: Path) -> str:
    """Return a digest over names and contents of all that goes into the two wheels."""
    whole = hashlib.sha256()
    for path in _source_files(checkout):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        whole.update(f"{path.relative_to(checkout).as_posix()} {content}\n".encode())
    return whole.hexdigest()


def _source_files(checkout: Path) -> Iterator[Path]:
    for name in SOURCES:
        for path in sorted((checkout / name).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                yield path
    yield from (checkout / name for name in METADATA if (checkout / name).exists())


def _make(folder: Path, checkout: Path, python: WindowsPython, uv: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="poolproof-") as scratch:
        for distribution in DISTRIBUTIONS:
            source = checkout / distribution
            options = ["--quiet", "--python", sys.executable, "--wheel", "--out-dir", scratch]
            run_tool([uv, "build", *options, source], seconds=BUILD_SECONDS)
        for wheel in Path(scratch).glob("*.whl"):
            # Pure wheels without data files: unpacking is installing, dist-info included.
            with zipfile.ZipFile(wheel) as files:
                files.extractall(folder)
    compile_all(folder, python, uv)


def _prune(home: WineHome) -> None:
    folders = (path for path in home.checkouts.iterdir() if not path.name.startswith("."))
    newest_first = sorted(folders, key=lambda path: path.stat().st_mtime, reverse=True)
    for folder in newest_first[KEEP:]:
        lock = _use_lock(home, folder)
        with lock.open("ab") as file:
            if try_lock(file, exclusive=True):
                shutil.rmtree(folder)
                lock.unlink()


def _use_lock(home: WineHome, folder: Path) -> Path:
    return home.locks / f"checkout-{folder.name}.lock"
