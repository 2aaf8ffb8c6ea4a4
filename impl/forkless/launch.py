"""Start an interpreter that inherits a few ends and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from multiprocessing import util
from typing import IO

from .system import launch as system

# The folder of forkless goes last: in front, a backport lying beside it in site-packages
# (`typing.py`, `enum.py`) would shadow the standard library in every server and spare.
_BOOT = (
    "import sys, importlib; "
    "sys.path.append(sys.argv[1]); "
    "importlib.import_module('forkless.' + sys.argv[2]).main(*map(int, sys.argv[3:]))"
)
_PACKAGE_FOLDER = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def interpreter_flags() -> tuple[str, ...]:
    """The options of this interpreter's own command line.

    subprocess, and with it multiprocessing, repeats only some of the -X options: a program with
    ``-X int_max_str_digits=0`` would meet the default limit in its children.
    """
    repeated: list[str] = util._args_from_interpreter_flags()  # type: ignore[attr-defined]
    names = {option.partition("=")[0] for option in repeated}
    missing = {name: value for name, value in sys._xoptions.items() if name not in names}
    return (*repeated, *(_option(name, value) for name, value in missing.items()))


def _option(name: str, value: str | bool) -> str:
    return f"-X{name}" if value is True else f"-X{name}={value}"


def launch(
    module: str,
    ends: Sequence[int],
    *,
    executable: str,
    flags: Sequence[str],
    environ: Mapping[str, str],
    stdout: IO[bytes] | int | None = None,
    stderr: IO[bytes] | int | None = None,
) -> subprocess.Popen[bytes]:
    """Run ``forkless.<module>.main(*ends)`` in a new interpreter; the command line has no secret.

    It starts in the root folder, so that it keeps no folder of the caller's busy.
    """
    return system.popen(
        [executable, *flags, "-c", _BOOT, _PACKAGE_FOLDER, module, *map(str, ends)],
        ends,
        environ=environ,
        stdout=stdout,
        stderr=stderr,
    )
