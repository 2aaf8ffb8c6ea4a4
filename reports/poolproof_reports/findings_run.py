"""Runs the scripts of findings again, each in processes of its own that end with it.

Guarantees: a run takes no longer than its deadline and the time to end processes; no process that
the script started, and no child of one, outlives the run, in whatever session, orphaned or not.
Assumes: such processes keep the environment that the script gave them; that is how they are found.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from poolproof_reports.findings import Finding, Standing

MARK = "POOLPROOF_FINDING"
WORDS = ("VIOLATED: ", "KEPT: ", "WAITING: ")
GLANCE_S = 0.05  # between looks at a script that runs
TRACKER = "resource_tracker"  # ends by itself, after it has removed what the others left


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds: for a script as a whole, and for a call that it says it waits for."""

    whole_s: float = 60.0
    waiting_s: float = 10.0
    ending_s: float = 10.0


DEFAULT_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one run showed; `seen` is the script's own line, or why there is none."""

    finding: Finding
    standing: Standing
    seen: str
    duration_s: float


def run_finding(finding: Finding, folder: Path, limits: Limits = DEFAULT_LIMITS) -> Outcome:
    """Run the script of `finding`; an OSError means that it could not be started."""
    hindrance = finding.hindrance()
    if hindrance:
        return Outcome(finding, Standing.CANNOT_RUN, hindrance, 0.0)
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="ppf", ignore_cleanup_errors=True) as scratch:
        script, said = Path(scratch, f"{finding.slug}.py"), Path(scratch, "said")
        # A copy in a folder of its own: spawned children put the script's folder on their path.
        script.write_bytes((folder / script.name).read_bytes())
        code = _run(script, said, limits)
        standing, seen = judge(finding, said.read_text(encoding="utf-8", errors="replace"), code)
    return Outcome(finding, standing, seen, time.monotonic() - started)


def judge(finding: Finding, output: str, code: int | None) -> tuple[Standing, str]:
    """Standing and reason from what a script printed and its exit code, None if it was ended."""
    lines = output.splitlines()
    word, _, rest = _spoken(lines).partition(": ")
    if word == "WAITING" and code is None and finding.hangs:
        return Standing.HOLDS, f"hangs: waiting {rest}"
    if word == "VIOLATED" and not finding.hangs:
        return Standing.HOLDS, rest
    if word == "KEPT":
        return Standing.GONE, rest
    end = "was ended at its deadline" if code is None else f"ended with exit code {code}"
    last = next((line for line in reversed(lines) if line.strip()), "nothing")
    return Standing.BROKEN, f"the script {end}; it said last: {last}"


def _spoken(lines: list[str]) -> str:
    """The last line that opens with one of the words, or ""."""
    return next((line for line in reversed(lines) if line.startswith(WORDS)), "")


def _run(script: Path, said: Path, limits: Limits) -> int | None:
    """The exit code; None for a script that had to be ended."""
    mark = secrets.token_hex(8)
    # A file, no pipe: a worker that outlives the script would keep a pipe open.
    with open(said, "wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore", script.name],
            cwd=script.parent,
            env=_environment(script.parent, mark),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        return _wait(process, said, limits)
    finally:
        _end_all(process, mark, limits.ending_s)


def _environment(scratch: Path, mark: str) -> dict[str, str]:
    folders = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(scratch))
    return {**os.environ, **folders, MARK: mark, "PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1"}


def _wait(process: subprocess.Popen[bytes], said: Path, limits: Limits) -> int | None:
    end = time.monotonic() + limits.whole_s
    waiting = False
    while time.monotonic() < end:
        with suppress(subprocess.TimeoutExpired):
            return process.wait(GLANCE_S)
        if not waiting:
            lines = said.read_text(encoding="utf-8", errors="replace").splitlines()
            waiting = _spoken(lines).startswith("WAITING: ")
            if waiting:
                end = min(end, time.monotonic() + limits.waiting_s)
    return None


def _end_all(process: subprocess.Popen[bytes], mark: str, ending_s: float) -> None:
    """End what carries `mark`: first all but the trackers, which tidy up and follow."""
    end = time.monotonic() + ending_s
    process.kill()  # whatever can be seen of its environment
    while left := list(_marked(mark)):
        workers = [other for other, tracks in left if not tracks]
        for other in workers or [other for other, _ in left if time.monotonic() > end]:
            with suppress(psutil.NoSuchProcess):
                other.kill()
        psutil.wait_procs([other for other, _ in left], timeout=GLANCE_S)
        if time.monotonic() > end + ending_s:
            raise RuntimeError(f"cannot end {[other.pid for other, _ in left]} of {process.args!r}")
    process.wait(ending_s)


def _marked(mark: str) -> Iterator[tuple[psutil.Process, bool]]:
    """Living processes that carry `mark`, and whether each is a tracker."""
    for other in psutil.process_iter():
        try:
            if other.environ().get(MARK) == mark and other.status() != psutil.STATUS_ZOMBIE:
                yield other, any(TRACKER in argument for argument in other.cmdline())
        except psutil.Error:
            continue
