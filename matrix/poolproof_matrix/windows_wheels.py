"""Install Windows wheels from Linux, and compile them ahead of their first import."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from poolproof_matrix.errors import MatrixError
from poolproof_matrix.pins import WindowsPython
from poolproof_matrix.processes import run_tool

DOWNLOAD_SECONDS = 1800
COMPILE_SECONDS = 600


def install(
    target: Path,
    python: WindowsPython,
    names: Sequence[str],
    constraints: Sequence[str],
    uv: Path,
) -> None:
    """Install the win_amd64 wheels of *names* and of what they need into *target*."""
    with tempfile.TemporaryDirectory(prefix="poolproof-") as scratch:
        limits = Path(scratch, "constraints.txt")
        limits.write_text("".join(f"{line}\n" for line in constraints))
        run_tool(
            install_command(target, python, names, limits, uv),
            seconds=DOWNLOAD_SECONDS,
            env=_uv_environment(),
            hint="uv reads UV_DEFAULT_INDEX and its own configuration, not pip's.",
        )


def install_command(
    target: Path, python: WindowsPython, names: Sequence[str], constraints: Path, uv: Path
) -> list[str | Path]:
    """Return the command that resolves and installs for Windows, never building anything."""
    system: list[str | Path] = [
        "--python-platform",
        "x86_64-pc-windows-msvc",
        "--python-version",
        python.version,
    ]
    wheels: list[str | Path] = [
        "--only-binary",
        ":all:",
        "--constraint",
        constraints,
        "--target",
        target,
    ]
    host: list[str | Path] = ["--quiet", "--python", sys.executable]
    return [uv, "pip", "install", *host, *system, *wheels, *names]


def _uv_environment() -> dict[str, str]:
    # The host's choice of a torch build (cpu, cu126) is not the Windows Python's.
    return {name: value for name, value in os.environ.items() if name != "UV_TORCH_BACKEND"}


def compile_all(folder: Path, python: WindowsPython, uv: Path) -> bool:
    """Compile *folder* with the host's Python of the same minor version; False if there is none.

    Bytecode does not depend on the system; the import system replaces the file names in it. The
    host needs 15 s for torch where Windows Python under Wine needs 60.
    """
    interpreter = _host_python(python, uv)
    if interpreter is None:
        return False
    # -I: nothing of the host's PYTHON* variables, above all no PYTHONPYCACHEPREFIX.
    command: list[str | Path] = [interpreter, "-I", "-m", "compileall", "-q", folder]
    # 1: a file is written for another Python (torch brings one for 3.12 and later).
    run_tool(command, seconds=COMPILE_SECONDS, accepted=(0, 1))
    return True


def _host_python(python: WindowsPython, uv: Path) -> Path | None:
    if sys.version_info[:2] == tuple(map(int, python.version.split("."))):
        return Path(sys.executable)
    find: list[str | Path] = [
        uv,
        "python",
        "find",
        "--no-python-downloads",
        "--no-project",
        python.version,
    ]
    try:
        return Path(run_tool(find, seconds=60).strip())
    except MatrixError:
        return None
