"""A user without privileges can start, keep a reserve, see its own servers, and no one else's."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import forkless
import pytest
from forkless import overview
from test_forkless_process import WITHIN

NOBODY = 65534
PROGRAM = """
import json, os, subprocess, sys
import forkless
import forkless_targets as targets

reader, writer = forkless.Pipe(duplex=False)
forkless.set_reserve(1, most=3)
forkless.warm_up(2, wait=True)
process = forkless.Process(target=targets.send, args=(writer, "alive"))
process.start()
answer = reader.recv() if reader.poll(60) else None
process.join(60)
status = forkless.status(memory=True)
command = [sys.executable, "-m", "forkless", "status", "--json"]
shown = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
print(json.dumps({
    "uid": os.getuid(),
    "answer": (answer, process.exitcode),
    "server": status.server_pid,
    "hits": status.hits,
    "measured": sorted(status.memory) == sorted(status.helpers),
    "shown": [one["status"]["server_pid"] for one in shown],
}), flush=True)
sys.stdin.read()
"""


def interpreter_for_all(environ: dict[str, str]) -> str:
    """One that an unprivileged user can run, and that finds forkless."""
    for executable in (sys.executable, "/usr/bin/python3"):
        try:
            subprocess.run(
                [executable, "-c", "import forkless.context, forkless_targets"],
                user=NOBODY,
                group=NOBODY,
                extra_groups=(),
                cwd="/",
                env=environ,
                check=True,
                capture_output=True,
                timeout=WITHIN,
            )
        except (OSError, subprocess.CalledProcessError):
            continue
        return executable
    pytest.skip("no interpreter and no copy of forkless here that another user can read")


@pytest.mark.skipif(
    sys.platform != "linux" or os.getuid() != 0,
    reason="it takes root to become nobody; elsewhere all tests run without privileges",
)
def test_nobody_can_start_and_keep_a_reserve() -> None:
    folders = [Path(forkless.__file__).parent.parent, Path(__file__).parent]
    environ = {"PATH": os.defpath, "PYTHONPATH": os.pathsep.join(map(str, folders))}
    executable = interpreter_for_all(environ)
    with subprocess.Popen(
        [executable, "-c", PROGRAM],
        user=NOBODY,
        group=NOBODY,
        extra_groups=(),
        cwd="/",
        env=environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as program:
        assert program.stdin is not None
        assert program.stdout is not None
        line = program.stdout.readline()
        seen_by_others = [one.status.server_pid for one in overview.servers()]
        program.stdin.close()
        assert program.wait(WITHIN) == 0
    seen = json.loads(line)
    assert (seen["uid"], seen["answer"], seen["hits"]) == (NOBODY, ["alive", 0], 1)
    assert seen["measured"]
    assert seen["server"] in seen["shown"]
    assert seen["server"] not in seen_by_others
