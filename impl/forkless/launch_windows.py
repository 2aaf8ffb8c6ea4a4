"""Windows: start an interpreter that inherits the given handles."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import IO

assert sys.platform == "win32"


def popen(
    command: list[str],
    ends: Sequence[int],
    *,
    environ: Mapping[str, str],
    folder: str | None,
    stdout: IO[bytes] | int | None,
    stderr: IO[bytes] | int | None,
) -> subprocess.Popen[bytes]:
    """Run *command* with *ends* open in it under the same numbers, and deaf to Ctrl-C.

    A process group of its own makes Windows ignore Ctrl-C in it and in what it starts, until
    ``SetConsoleCtrlHandler(NULL, FALSE)`` at the hand-off.
    """
    executable, environ = _real_interpreter(command[0], environ)
    for end in ends:
        os.set_handle_inheritable(end, True)
    try:
        return subprocess.Popen(
            [executable, *command[1:]],
            startupinfo=subprocess.STARTUPINFO(lpAttributeList={"handle_list": list(ends)}),
            creationflags=subprocess.CREATE_NEW_PROCESS_GROUP,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            env=environ,
            cwd=folder or os.environ.get("SYSTEMROOT"),
        )
    finally:
        for end in ends:
            os.set_handle_inheritable(end, False)


def _real_interpreter(executable: str, environ: Mapping[str, str]) -> tuple[str, Mapping[str, str]]:
    """A virtual environment's python.exe is a redirector: its pid and handle are not the child's.

    https://github.com/python/cpython/issues/79978
    """
    base: str = sys._base_executable  # type: ignore[attr-defined]
    if executable != sys.executable or os.path.normcase(base) == os.path.normcase(executable):
        return executable, environ
    return base, {**environ, "__PYVENV_LAUNCHER__": executable}
