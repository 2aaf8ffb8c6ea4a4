"""What this machine must have before Wine can be set up: the right system, Wine itself, and uv."""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from poolproof_matrix.errors import MatrixError
from poolproof_matrix.processes import run_tool
from poolproof_matrix.progress import Progress

# Debian keeps the loader outside PATH and puts a script in front of it that warns about 32 bits.
LOADERS = (Path("/usr/lib/wine/wine64"), Path("/opt/wine-stable/bin/wine64"))
APT_SECONDS = 900
INSTALL = "apt-get install --no-install-recommends wine wine64"


@dataclass(frozen=True)
class Wine:
    """The installed Wine."""

    loader: Path
    server: Path
    version: str
    """As it calls itself: ``"wine-8.0 (Debian 8.0~repack-4)"``."""


def require_linux_x86_64(system: str = sys.platform, machine: str | None = None) -> None:
    """Raise MatrixError unless Windows programs can run on this machine through Wine."""
    machine = platform.machine() if machine is None else machine
    if system == "linux" and machine in ("x86_64", "AMD64"):
        return
    way_out = (
        "on Windows run `tox -e windows` (or `poolproof matrix windows`), which is native there"
        if system == "win32"
        else "run this on x86-64 Linux, or natively on Windows with `tox -e windows`"
    )
    raise MatrixError(
        "Wine runs Windows cells on x86-64 Linux only, "
        f"and this is {system} on {machine}: {way_out}"
    )


def find_wine() -> Wine | None:
    """Return the installed Wine, or None."""
    server = shutil.which("wineserver")
    loaders = [path for path in LOADERS if os.access(path, os.X_OK)]
    loaders += [Path(found) for found in (shutil.which("wine64"), shutil.which("wine")) if found]
    if server is None or not loaders:
        return None
    return Wine(loaders[0], Path(server), run_tool([loaders[0], "--version"], seconds=60).strip())


def require_wine(progress: Progress) -> Wine:
    """Return Wine; install Debian's where that is possible, else say what to install."""
    require_linux_x86_64()
    found = find_wine()
    if found is None:
        _apt_install(progress)
        found = find_wine()
    if found is None:
        raise MatrixError(f"Wine is still not to be found after `{INSTALL}`; install it by hand")
    return found


def _apt_install(progress: Progress) -> None:
    if sys.platform == "win32":
        raise RuntimeError("Wine runs on Linux")
    apt = shutil.which("apt-get")
    if apt is None:
        raise MatrixError(
            "Wine is not installed, and there is no apt-get to install it with; install Wine 8 or "
            "newer (64 bit) with this system's package manager, so that `wine` and `wineserver` "
            "are on PATH"
        )
    if os.geteuid() != 0:
        raise MatrixError(
            f"Wine is not installed, and only root may install it; run `sudo {INSTALL}` once, "
            "then run this again"
        )
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with progress.step(f"installing Wine ({INSTALL})"):
        run_tool([apt, "update", "-qq"], seconds=APT_SECONDS, env=env)
        run_tool([apt, *INSTALL.split()[1:], "-y", "-qq"], seconds=APT_SECONDS, env=env)


def require_uv() -> Path:
    """Return the ``uv`` executable: it alone resolves for Windows with Windows' markers.

    ``pip --platform win_amd64`` evaluates markers for the host, and so asks for Linux' CUDA
    packages and forgets colorama: https://github.com/pypa/pip/issues/11664
    """
    if importlib.util.find_spec("uv"):
        import uv

        return Path(uv.find_uv_bin())
    on_path = shutil.which("uv")
    if on_path is None:
        raise MatrixError("uv is not installed; run `python -m pip install uv`, then this again")
    return Path(on_path)
