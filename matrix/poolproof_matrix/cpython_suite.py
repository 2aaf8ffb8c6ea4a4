"""CPython's own tests of multiprocessing, for the Windows Python, whose distribution has none.

They come from a CPython of the same minor version that is installed on this machine.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from poolproof_matrix.errors import MatrixError
from poolproof_matrix.layout import windows_path
from poolproof_matrix.session import WindowsSession

SUITE = "_test_multiprocessing.py"
RUNNER = Path("impl", "cpython", "run.py")
ASK = "import sysconfig, sys; print(*sys.version_info[:2], sysconfig.get_path('stdlib'), sep='\\n')"
ASK_SECONDS = 60


def run(session: WindowsSession, arguments: list[str]) -> int:
    """Run the tests on forkless; what spawn fails as well is Wine's, and is told apart."""
    version = session.provision.python.version
    with copied(find(version)) as suite:
        command = [str(session.checkout / RUNNER), "--suite", windows_path(suite)]
        return session.run([*command, "--stock", "spawn", *arguments])


def find(version: str) -> Path:
    """The folder ``test`` of an installed CPython; raises MatrixError if there is none."""
    for interpreter in _interpreters(version):
        answer = _ask(interpreter)
        if answer[:2] == version.split(".") and Path(*answer[2:], "test", SUITE).is_file():
            return Path(*answer[2:], "test")
    raise MatrixError(
        f"no Python {version} on this machine has CPython's own tests; install one that does "
        f"(pyenv's have them), so that `python{version}` is on PATH"
    )


@contextmanager
def copied(tests: Path) -> Iterator[Path]:
    """Give a folder with a package ``test`` of what the tests of multiprocessing need of *tests*.

    In its own place the standard library of this system would come with it, and Windows Python
    would leave bytecode there.
    """
    with tempfile.TemporaryDirectory(prefix="poolproof-") as scratch:
        package = Path(scratch, "test")
        package.mkdir()
        for entry in tests.iterdir():
            if entry.is_dir() and entry.name in ("support", "test_concurrent_futures"):
                ignored = shutil.ignore_patterns("__pycache__")
                shutil.copytree(entry, package / entry.name, ignore=ignored)
            elif entry.suffix == ".py" and _is_needed(entry.stem):
                shutil.copy(entry, package)
        yield Path(scratch)


def _is_needed(module: str) -> bool:
    return not module.startswith("test_") or module == "test_concurrent_futures"


def _interpreters(version: str) -> Iterator[str]:
    yield sys.executable
    for folder in os.get_exec_path():
        found = shutil.which(f"python{version}", path=folder)
        if found:
            yield found


def _ask(interpreter: str) -> list[str]:
    """Major and minor version and the library's folder, or nothing from what does not run.

    pyenv has a command for every version, and each fails but those that are switched on.
    """
    done = subprocess.run(
        [interpreter, "-I", "-c", ASK],
        capture_output=True,
        text=True,
        timeout=ASK_SECONDS,
        check=False,
    )
    return done.stdout.splitlines()
