"""A program under a debugger that follows child processes stops in its children."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from forkless_debug_client import debug
from test_forkless_process import WITHIN

PROGRAM = """
import forkless
def target(number):
    found = number + 1
    return found
if __name__ == "__main__":
    import debugpy
    print(debugpy.listen(("127.0.0.1", 0))[1], flush=True)
    debugpy.wait_for_client()
    process = forkless.Process(target=target, args=(41,))
    process.start()
    process.join(100)
    print(process.exitcode)
"""


def test_breakpoint_of_debugpy_stops_the_child(tmp_path: Path) -> None:
    pytest.importorskip("debugpy")
    script = tmp_path / "program.py"
    script.write_text(PROGRAM)
    line = 1 + PROGRAM.splitlines().index("    return found")
    with subprocess.Popen(
        [sys.executable, "-X", "frozen_modules=off", str(script)],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    ) as program:  # fmt: skip
        assert program.stdout is not None
        port = int(program.stdout.readline())
        assert debug(port, (str(script), line), "found", 2 * WITHIN) == [["target", "42"]]
        assert program.wait(WITHIN) == 0
        assert program.stdout.read().split() == ["0"]
