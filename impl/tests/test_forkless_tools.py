"""Tools that watch a program watch its children too: coverage, faulthandler, debuggers, logging."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import forkless
import pytest
from test_forkless_process import WITHIN, ask, posix_only

MEASURED = """
def target(times):
    total = 0
    for number in range(times):
        total += number
    return total
"""
PROGRAM = """
import forkless
import measured
if __name__ == "__main__":
    forkless.warm_up(2, wait=60)
    process = forkless.get_context().Process(target=measured.target, args=(3,))
    process.start()
    process.join(60)
    print(process.exitcode)
"""
SETTINGS = "[run]\nparallel = true\nsource = .\n"


@pytest.fixture
def measured(tmp_path: Path) -> Path:
    """A folder with a program whose child alone runs ``measured.target``."""
    pytest.importorskip("coverage")
    (tmp_path / "measured.py").write_text(MEASURED)
    (tmp_path / "program.py").write_text(PROGRAM)
    return tmp_path


def lines_seen(folder: Path, command: list[str], **environ: str) -> tuple[set[int], int]:
    """Which lines of the target were recorded, and in how many data files."""
    import coverage

    done = subprocess.run(
        [sys.executable, *command, "program.py"],
        capture_output=True, text=True, timeout=WITHIN, cwd=folder,
        env={**os.environ, **environ},
    )  # fmt: skip
    assert (done.returncode, done.stdout.split(), done.stderr) == (0, ["0"], "")
    data = coverage.CoverageData(no_disk=True)
    files = sorted(folder.glob(".coverage.*"))
    for file in files:
        recorded = coverage.CoverageData(str(file))
        recorded.read()
        data.update(recorded)
        recorded.close()
    return set(data.lines(str(folder / "measured.py")) or ()), len(files)


@pytest.mark.parametrize(
    "setting", ["patch = subprocess", "patch = subprocess, _exit", "concurrency = multiprocessing"]
)
def test_coverage_records_the_child_and_no_unused_spare(measured: Path, setting: str) -> None:
    (measured / ".coveragerc").write_text(SETTINGS + setting)
    lines, files = lines_seen(measured, ["-m", "coverage", "run"])
    assert lines == {2, 3, 4, 5, 6}
    assert files <= 3  # the program, its child, and multiprocessing's resource tracker


def test_coverage_records_the_child_where_the_environment_asks_for_it(measured: Path) -> None:
    """Its data file has a relative name: that of the folder in which the interpreter began."""
    (measured / "settings").write_text(SETTINGS)
    settings = str(measured / "settings")
    assert lines_seen(measured, [], COVERAGE_PROCESS_START=settings)[0] == {2, 3, 4, 5, 6}


CRASH = """
import faulthandler
import forkless
def crash_in_the_child():
    faulthandler._read_null()
if __name__ == "__main__":
    forkless.warm_up(1, wait=60)
    process = forkless.get_context().Process(target=crash_in_the_child)
    process.start()
    process.join(60)
    print(process.exitcode, forkless.status().hits)
"""


@pytest.mark.parametrize("way", ["PYTHONFAULTHANDLER", "-X"])
def test_faulthandler_shows_where_a_child_crashed(tmp_path: Path, way: str) -> None:
    (tmp_path / "program.py").write_text(CRASH)
    options = ["-X", "faulthandler"] if way == "-X" else []
    environ = {} if way == "-X" else {way: "1"}
    done = subprocess.run(
        [sys.executable, *options, "program.py"],
        capture_output=True, text=True, timeout=WITHIN, cwd=tmp_path, check=True,
        env={**os.environ, **environ},
    )  # fmt: skip
    code, hits = map(int, done.stdout.split())
    assert code != 0
    assert hits == 1
    assert "in crash_in_the_child" in done.stderr


def count_lines(connection: Any) -> None:
    """What a debugger does: trace a function, in this thread and in a new one."""
    import threading

    seen: list[int] = []

    def trace(frame: Any, event: str, arg: object) -> Any:
        if frame.f_code is traced.__code__ and event == "line":
            seen.append(frame.f_lineno - traced.__code__.co_firstlineno)
        return trace

    def traced() -> None:
        len(seen)

    threading.settrace(trace)
    sys.settrace(trace)
    traced()
    sys.settrace(None)
    thread = threading.Thread(target=traced)
    thread.start()
    thread.join(WITHIN)
    connection.send(seen)


def test_tracers_work_in_the_target_and_its_threads() -> None:
    forkless.warm_up(1, wait=True)
    assert ask(forkless.get_context(), count_lines) == [1, 1]


BREAKPOINT = """
import os, pdb, sys
import forkless
def stop():
    breakpoint()
def stop_with_the_terminal():
    sys.stdin = os.fdopen(0)       # as torch.distributed.breakpoint() does
    inside = "seen"
    pdb.Pdb(nosigint=True).set_trace()
    pass
if __name__ == "__main__":
    forkless.warm_up(1, wait=60)
    context = forkless.get_context(sys.argv[1])
    process = context.Process(target=globals()[sys.argv[2]])
    process.start()
    process.join(60)
    print("exit", process.exitcode)
"""


def debug(folder: Path, *arguments: str) -> list[str]:
    """The words that a program prints whose child is told to print a variable and go on."""
    (folder / "program.py").write_text(BREAKPOINT)
    done = subprocess.run(
        [sys.executable, "program.py", *arguments],
        input="p inside\nc\n", capture_output=True, text=True, timeout=WITHIN, cwd=folder,
        check=True,
    )  # fmt: skip
    return done.stdout.split()


def test_breakpoint_in_a_child_reads_nothing_as_under_spawn(tmp_path: Path) -> None:
    words = debug(tmp_path, "forkless", "stop")
    assert words == debug(tmp_path, "spawn", "stop")
    assert words[-3:] == ["(Pdb)", "exit", "1"]


@posix_only
def test_debugger_in_a_child_can_take_the_callers_standard_input(tmp_path: Path) -> None:
    words = debug(tmp_path, "forkless", "stop_with_the_terminal")
    assert "'seen'" in words
    assert words[-2:] == ["exit", "0"]


LOGGED = """
import logging, multiprocessing, os
import forkless
def target():
    logging.getLogger("mine").warning("unconfigured")
    multiprocessing.get_logger().info("from the target")
if __name__ == "__main__":
    forkless.warm_up(1, wait=60)
    logging.basicConfig(format="configured %(message)s")
    forkless.log_to_stderr(logging.INFO)
    process = forkless.get_context().Process(target=target, name="Watched")
    process.start()
    process.join(60)
    print(process.exitcode)
"""


def test_multiprocessings_logger_is_inherited_and_the_root_logger_is_not(tmp_path: Path) -> None:
    """As under spawn, which sends the former with the preparation data."""
    (tmp_path / "program.py").write_text(LOGGED)
    done = subprocess.run(
        [sys.executable, "program.py"],
        capture_output=True, text=True, timeout=WITHIN, cwd=tmp_path, check=True,
    )  # fmt: skip
    assert done.stdout.split() == ["0"]
    said = done.stderr.splitlines()
    assert "[INFO/Watched] child process calling self.run()" in said
    assert "[INFO/Watched] from the target" in said
    assert "[INFO/Watched] process exiting with exitcode 0" in said
    assert "unconfigured" in said
