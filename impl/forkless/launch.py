"""Start an interpreter that inherits a few ends and nothing else."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from typing import IO

from . import frozen
from .system import launch as system

# The folder of forkless goes last: in front, a backport lying beside it in site-packages
# (`typing.py`, `enum.py`) would shadow the standard library in every server and spare. So would
# what lies in the folder where they start, which `-c` puts in front as "".
_BOOT = (
    "import sys; "
    "sys.path[:] = [*filter(None, sys.path), sys.argv[1]]; "
    "import importlib; "
    "importlib.import_module('forkless.' + sys.argv[2]).main(*map(int, sys.argv[3:]))"
)
_PACKAGE_FOLDER = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def launch(
    module: str,
    ends: Sequence[int],
    *,
    executable: str,
    flags: Sequence[str],
    environ: Mapping[str, str],
    folder: str | None = None,
    stdout: IO[bytes] | int | None = None,
    stderr: IO[bytes] | int | None = None,
) -> subprocess.Popen[bytes]:
    """Run ``forkless.<module>.main(*ends)`` in a new interpreter; the command line has no secret.

    It starts in *folder*, or in the root folder, so that it keeps none of the caller's busy.
    """
    if frozen.is_frozen(executable):
        command = frozen.command(executable, module, ends)
    else:
        command = [executable, *flags, "-c", _BOOT, _PACKAGE_FOLDER, module, *map(str, ends)]
    return system.popen(
        command,
        ends,
        environ=environ,
        folder=folder,
        stdout=stdout,
        stderr=stderr,
    )
