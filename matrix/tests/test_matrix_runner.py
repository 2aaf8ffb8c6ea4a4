"""The runner is a faithful and tidy parent: streams, exit codes, signals, leftovers."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

import psutil
import pytest
from poolproof_matrix.server import run_processes

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Wine's runner runs on Linux")

# A Python of this system stands in for python.exe: what is tested is the parent.
PARENT = """\
import os, sys
from poolproof_matrix import environment, runner
run_id, seconds, program = sys.argv[1], float(sys.argv[2]) or None, sys.argv[3]
env = {**os.environ, environment.RUN_VARIABLE: run_id}
code = runner.run([sys.executable, "-c", program], env, run_id, None, seconds)
print("code", code)
"""
CHILD = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'input()'], stdin=-1)\n"
# A shell starts what is to run in the background with SIGINT ignored.
ENDLESS = (
    "import signal; signal.signal(signal.SIGINT, signal.SIG_DFL); "
    "print('up', flush=True); signal.pause()"
)


def _command(program: str, run_id: str = "", seconds: float = 0) -> list[str]:
    run_id = run_id or uuid.uuid4().hex
    return [sys.executable, "-c", PARENT, run_id, str(seconds), program]


def _run(program: str, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        _command(program), capture_output=True, text=True, timeout=60, check=True, **options
    )


def test_both_streams_and_the_exit_code_arrive() -> None:
    done = _run("import sys; print('out'); print('err', file=sys.stderr); sys.exit(7)")
    assert done.stdout == "out\ncode 7\n"
    assert done.stderr == "err\n"


def test_much_output_arrives_whole() -> None:
    done = _run("import sys; sys.stdout.write('x' * 3_000_000)")
    assert done.stdout == "x" * 3_000_000 + "code 0\n"


def test_stdin_may_be_a_pipe_a_file_or_nothing(tmp_path: Path) -> None:
    """Windows Python under Wine dies on a plain file, so the runner makes a pipe of it."""
    echo = "import os, stat, sys; print(stat.S_ISREG(os.fstat(0).st_mode), sys.stdin.read())"
    assert _run(echo, input="piped").stdout == "False piped\ncode 0\n"
    (tmp_path / "input").write_text("filed")
    with (tmp_path / "input").open() as file:
        assert _run(echo, stdin=file).stdout == "False filed\ncode 0\n"
    assert _run(echo, stdin=subprocess.DEVNULL).stdout == "False \ncode 0\n"


def test_a_program_that_reads_none_of_its_input_does_not_block(tmp_path: Path) -> None:
    (tmp_path / "input").write_text("x" * 1_000_000)
    with (tmp_path / "input").open() as file:
        assert _run("pass", stdin=file).stdout == "code 0\n"


def test_processes_left_over_are_ended_and_reported() -> None:
    """They hold our stdout: without that the run would never end."""
    done = _run(CHILD.replace("stdin=-1", "stdin=sys.stdin"), stdin=subprocess.DEVNULL)
    assert done.stdout == "code 0\n"
    waiting = _run(CHILD.replace("'input()'", "'import signal; signal.pause()'"))
    assert "1 of its processes had not" in waiting.stderr


def test_a_program_past_its_time_is_ended_with_all_it_started() -> None:
    run_id = uuid.uuid4().hex
    program = CHILD.replace("'input()'", "'import signal; signal.pause()'") + ENDLESS
    command = _command(program, run_id, seconds=0.5)
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.endswith("code 1000\n")
    assert run_processes(run_id) == []


def _await_processes(run_id: str, count: int) -> None:
    """A process has no environment yet at the instant in which its parent learns that it runs."""
    deadline = time.monotonic() + 60
    while len(run_processes(run_id)) < count:
        assert time.monotonic() < deadline


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_program_and_all_it_started(number: signal.Signals) -> None:
    run_id = uuid.uuid4().hex
    program = CHILD.replace("'input()'", "'import signal; signal.pause()'") + ENDLESS
    with subprocess.Popen(_command(program, run_id), stdout=subprocess.PIPE, text=True) as parent:
        try:
            assert parent.stdout is not None
            assert parent.stdout.readline() == "up\n"
            _await_processes(run_id, 2)
            parent.send_signal(number)
            out, _ = parent.communicate(timeout=60)
        finally:
            for left in (*run_processes(run_id), parent):
                left.kill()
    assert out == f"code {128 + number}\n"
    assert run_processes(run_id) == []
    assert not psutil.pid_exists(parent.pid)


def test_a_reader_that_goes_away_does_not_hang_the_run() -> None:
    program = "import sys\nwhile True: print('x' * 1000)"
    command = _command(program)
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        parent.stdout.readline()
        parent.stdout.close()
        parent.wait(60)
