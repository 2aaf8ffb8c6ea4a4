"""Run one cell of the matrix on this machine, if it can be run here.

A cell is its tests (tox, as on a runner) and the judgement of its pools into a folder of results.
"""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
from pathlib import Path

from poolproof_matrix.cells import Cell
from poolproof_matrix.errors import MatrixError
from poolproof_matrix.host import require_linux_x86_64

_HERE = {"linux": "linux", "darwin": "macos", "win32": "windows"}


def run_cell(cell: Cell, checkout: Path, out: Path, *, judge_only: bool) -> int:
    """Run *cell* from *checkout*, with its results in *out*; the first exit code that is not 0.

    Raises MatrixError that says why this machine cannot run it.
    """
    steps = [] if judge_only else [_tests(cell)]
    steps.append(_judgement(cell, out))
    require_possible(cell)
    codes = []
    for step in steps:  # a cell whose tests failed has a report all the same
        print("+", " ".join(step), flush=True)
        codes.append(subprocess.run(step, cwd=checkout, check=False).returncode)
    return next((code for code in codes if code), 0)


def require_possible(cell: Cell) -> None:
    """Raise MatrixError unless this machine has the system and the Python of *cell*."""
    here = _HERE.get(sys.platform, sys.platform)
    if cell.system == "wine":
        require_linux_x86_64()
        return  # it brings its own Python
    if cell.system != here:
        raise MatrixError(f"cell {cell.id!r} needs {cell.system}, and this is {here}")
    processor = "arm64" if platform.machine().lower() in ("arm64", "aarch64") else "x86-64"
    if cell.system == "linux" and cell.processor != processor:
        raise MatrixError(f"cell {cell.id!r} needs {cell.processor}, and this is {processor}")
    own = f"{sys.version_info.major}.{sys.version_info.minor}"
    if cell.python != own and shutil.which(f"python{cell.python}") is None:
        raise MatrixError(
            f"cell {cell.id!r} needs Python {cell.python}: this is {own}, and no "
            f"python{cell.python} is on PATH; install it, or run a cell with {own}"
        )


def _tests(cell: Cell) -> list[str]:
    return _tox(cell, cell.env)


def _judgement(cell: Cell, out: Path) -> list[str]:
    pools = [word for pool in cell.pools for word in ("--pool", pool)]
    # In the report, so that what one cell found another one can try first.
    kept = ["--out", str(out.resolve()), "--database", str(out.resolve() / "examples")]
    options = [*pools, "--profile", cell.profile, *kept]
    if cell.system == "wine":
        program = [sys.executable, "-m", "poolproof_matrix", "wine", "run", "--python", cell.python]
        return [*program, "--", "-m", "poolproof", "run", *options]
    return [*_tox(cell, "conform"), "--", *options]


def _tox(cell: Cell, env: str) -> list[str]:
    # Under Wine tox itself runs on this Python.
    version = [] if cell.system == "wine" else ["-x", f"testenv:{env}.base_python={cell.python}"]
    return [sys.executable, "-m", "tox", "run", *version, "-e", env]
