"""Run one class of CPython's tests in a process of its own, with a deadline."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from results import Result, TestClass

HERE = Path(__file__).parent
WITHIN = 900.0  # a class must be done by then
HANGS_WITHIN = 120.0  # one of which a test is known not to end


def environ(method: str, suite: Path | None, group: str = "") -> dict[str, str]:
    """What a process that runs tests of *group* on *method* needs to know."""
    # What is installed goes before this checkout, of which it may be a copy that nobody edits.
    given = os.environ.get("PYTHONPATH")
    path = [str(HERE), *([str(suite)] if suite else []), *([given] if given else [])]
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([*path, str(HERE.parent)]),
        "FORKLESS_CPYTHON_METHOD": method,
        "FORKLESS_CPYTHON_GROUP": group,
    }


def list_classes(method: str, suite: Path | None) -> list[TestClass]:
    """All test classes there are; raises RuntimeError if the tests cannot be imported."""
    code = "import forkless_cpython; forkless_cpython.print_classes()"
    done = subprocess.run(
        [sys.executable, "-c", code], env=environ(method, suite), capture_output=True, text=True
    )
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    return [TestClass(*line.split()) for line in done.stdout.splitlines()]


def run(test_class: TestClass, env: Mapping[str, str], within: float = WITHIN) -> list[Result]:
    """The results of the class. When a test ends its process, another runs those that are left."""
    results: list[Result] = []
    begun: list[str] = []
    while True:
        events, ended = _attempt(test_class, env, within, begun)
        results += [_result(test_class, event) for event in events if event["outcome"] != "begun"]
        if ended is None:
            return results
        begun += [event["name"] for event in events if event["outcome"] == "begun"]
        unfinished = events[-1]["name"] if events and events[-1]["outcome"] == "begun" else "*"
        test = f"{test_class.name}.{unfinished}"
        results.append(Result(test_class.group, test, "failed", ended))
        if unfinished == "*":  # it ended between two tests, or after the last
            return results


def _attempt(
    test_class: TestClass, env: Mapping[str, str], within: float, but: list[str]
) -> tuple[list[dict[str, str]], str | None]:
    """Run all tests *but* some; what was reported, and how the process failed, if it did."""
    # A child that outlives its class may hold the log open, and Windows then keeps the file.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        out = Path(folder) / "results"
        code = f"import forkless_cpython as f; f.run({test_class.name!r}, {but!r}, {str(out)!r})"
        with (Path(folder) / "log").open("w+b") as log:
            ended = _supervised([sys.executable, "-c", code], env, log, within)
            log.seek(0)
            said = log.read().decode(errors="replace")[-4000:]
        lines = out.read_text(encoding="utf-8").splitlines() if out.exists() else []
    events = [json.loads(line) for line in lines]
    return events, None if ended == 0 else f"{ended}\n{said}"


def _result(test_class: TestClass, event: dict[str, str]) -> Result:
    # "method"; of a class that is skipped or fails to set up: "setUpClass (module.Class)"
    method = "*" if event["name"].endswith(")") else event["name"]
    return Result(
        test_class.group, f"{test_class.name}.{method}", event["outcome"], event["detail"]
    )


def _supervised(
    command: list[str], env: Mapping[str, str], log: IO[bytes], within: float
) -> int | str:
    """Its exit code, or what became of it."""
    with subprocess.Popen(
        command,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        start_new_session=True,
    ) as process:
        try:
            return process.wait(within)
        except subprocess.TimeoutExpired:
            if sys.platform != "win32":
                os.killpg(process.pid, signal.SIGKILL)
            process.kill()
            return f"not done after {within:.0f} s"
