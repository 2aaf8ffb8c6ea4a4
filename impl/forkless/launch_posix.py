"""POSIX: start an interpreter that inherits the given descriptors."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import IO

assert sys.platform != "win32"


def popen(
    command: list[str],
    ends: Sequence[int],
    *,
    environ: Mapping[str, str],
    folder: str | None,
    stdout: IO[bytes] | int | None,
    stderr: IO[bytes] | int | None,
) -> subprocess.Popen[bytes]:
    """Run *command* with *ends* open in it under the same numbers."""
    return subprocess.Popen(
        command,
        pass_fds=ends,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        env=environ,
        cwd=folder or "/",
    )
