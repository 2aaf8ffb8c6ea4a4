"""Holds a stage from outside: starts it, gives it plans, and ends it when it hangs.

Guarantees:
    - Every call returns: a stage that does not answer by the deadline is killed with all that
      descends from it, and what it had journalled until then is the history.
    - After `close` no process of the stage is alive, and its folder is gone.
Assumes:
    - One thread calls it. The two threads a stage has here only feed its answers into a queue.
"""

from __future__ import annotations

import contextlib
import json
import queue
import shutil
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from subprocess import Popen
from typing import Any

import psutil

from poolproof import journal
from poolproof.history import History
from poolproof.plan import Plan
from poolproof.stage.containment import Containment
from poolproof.stage.messages import Describe, Description, End, Probe, Probed, Request, RunPlan
from poolproof.stage.messages import encode as encode_request

START_S = 60.0  # an interpreter must say hello by then
OPEN_S = 90.0  # a pool must open, run one task and close by then
END_S = 10.0  # shared pools must close by then, or are killed
KILL_S = 10.0  # what was killed must be gone by then
STACKS_S = 2.0  # between the stage's own dump of its stacks and its end
TYPICAL_START_S = 0.25  # of a stage on an idle machine of this decade
_PATIENCE = 3  # stages for one plan
_TAIL = 8000  # characters of a log that are kept


class Refused(ValueError):
    """The pool cannot be judged at all; the message is one line for the user."""


class Ran(Enum):
    """How the run of a plan ended."""

    DONE = "done"
    TIMEOUT = "timeout"
    CRASH = "crash"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Run:
    """One run of one plan.

    Attributes:
        stacks: of the stage's threads, at a timeout.
        processes: the members of the stage at a timeout or crash, a line each.
        log: the end of what stage and workers printed.
        detail: exit code of a crashed stage, traceback of an error.
    """

    ended: Ran
    history: History
    duration_s: float
    stacks: str = ""
    processes: tuple[str, ...] = ()
    log: str = ""
    detail: str = ""


class Keeper:
    """Keeps at most one stage alive, for one pool and start method."""

    def __init__(self, pool: str, start_method: str = "") -> None:
        self.pool = pool
        self.start_method = start_method
        self.slowness = 1.0  # of this machine; deadlines are multiplied by it
        self.probed: Probed | None = None
        self._folder = Path(tempfile.mkdtemp(prefix="poolproof-"))
        self._said = 0  # where the log of the plan at hand begins
        self._plans = 0
        self._stage: _Stage | None = None

    def __enter__(self) -> Keeper:
        return self

    def __exit__(self, error: type[BaseException] | None, *_: object) -> None:
        if error is not None:  # Ctrl-C, say: the stage is in the middle of something
            self._end_stage()
        self.close()

    def describe(self) -> Description:
        """What the pool declares.

        Raises:
            Refused: it cannot be resolved.
        """
        answer = self._ask_or_refuse(Describe(self.pool), OPEN_S)
        return Description(**{**answer, "start_methods": tuple(answer["start_methods"])})

    def probe(self) -> Probed:
        """Open the pool once, to see that the driver is sound.

        Raises:
            Refused: it does not open, or is no pool.
        """
        answer = self._ask_or_refuse(Probe(self.pool, self.start_method), OPEN_S)
        self.probed = Probed(answer["kind"], tuple(answer["capabilities"]))
        return self.probed

    def run(self, rule_id: str, plan: Plan, deadline_s: float) -> Run:
        """Run one plan; `deadline_s` is for a machine of usual speed.

        Raises:
            Refused: a stage had to be started anew, and the pool does not open any more.
        """
        for _ in range(_PATIENCE):
            if (run := self._run_in_folder(rule_id, plan, deadline_s)) is not None:
                return run
            self._end_stage()  # it died between two plans: neither of them is to blame
        raise Refused(f"--pool {self.pool}: the process that holds it dies while nothing runs")

    def _run_in_folder(self, rule_id: str, plan: Plan, deadline_s: float) -> Run | None:
        if self.probed is None:
            self.probe()
        self._plans += 1
        folder = self._folder / str(self._plans)
        folder.mkdir()
        try:
            return self._run(rule_id, plan, folder, deadline_s * self.slowness)
        finally:
            # On Windows a worker may still map its journal: `close` removes what stays.
            shutil.rmtree(folder, ignore_errors=True)

    def renew(self) -> None:
        """End the stage, so that the next plan meets a new one."""
        self._end_stage()

    def close(self) -> None:
        """End the stage, gently first, and remove its folder."""
        if self._stage is not None:
            self._stage.ask(End(), END_S * self.slowness)
            self._end_stage()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _run(self, rule_id: str, plan: Plan, folder: Path, deadline_s: float) -> Run | None:
        """The run; None: the stage was dead before it saw the plan."""
        stacks = folder / "stacks.txt"
        request = RunPlan(rule_id, plan, str(folder), str(stacks), deadline_s)
        stage = self._live_stage()
        self._said = _size(stage.log)  # what earlier plans printed is not this one's
        start = time.perf_counter()
        answer = stage.ask(request, deadline_s + STACKS_S)
        duration_s = time.perf_counter() - start
        if "exit" in answer and not stacks.exists():  # the stage opens that file first
            return None
        if "ok" in answer and journal.full(folder):
            answer = {"error": "JournalFull: a worker recorded more than its journal holds"}
        if "ok" in answer:
            return Run(Ran.DONE, journal.read(folder), duration_s)
        if "error" in answer:
            # The plan did not come to its end: what it left behind must not meet the next one.
            log = self._end_stage()
            return Run(Ran.ERROR, journal.read(folder), duration_s, log=log, detail=answer["error"])
        processes = self._live_stage().processes()
        log = self._end_stage()
        # The dump at the deadline reads frames of threads that run on, and at times dies of that.
        late = "timeout" in answer or _size(stacks) > 0
        ended = Ran.TIMEOUT if late else Ran.CRASH
        return Run(
            ended,
            journal.read(folder),
            duration_s,
            stacks=_text(stacks) if ended is Ran.TIMEOUT else "",
            processes=processes,
            log=log,
            detail=str(answer.get("exit", "")),
        )

    def _ask_or_refuse(self, request: Describe | Probe, deadline_s: float) -> dict[str, Any]:
        answer = self._live_stage().ask(request, deadline_s)
        if "ok" in answer:
            found: dict[str, Any] = answer["ok"]
            return found
        log = self._end_stage()
        if "refused" in answer:
            raise Refused(answer["refused"])
        verb = "open" if isinstance(request, Probe) else "resolve"
        if "timeout" in answer:
            raise Refused(f"--pool {self.pool} did not {verb} within {deadline_s:.0f} s")
        what = answer.get("error", f"the process ended with {answer.get('exit')}\n{log}").strip()
        raise Refused(f"--pool {self.pool} did not {verb}: {what.splitlines()[-1]}")

    def _live_stage(self) -> _Stage:
        if self._stage is None:
            log = self._folder / "log.txt"
            self._said = _size(log)
            self._stage = _Stage(log)
            self.slowness = min(6.0, max(1.0, self._stage.start_s / TYPICAL_START_S))
        return self._stage

    def _end_stage(self) -> str:
        """Kill the stage and what descends from it; return the end of its log."""
        stage, self._stage, self.probed = self._stage, None, None
        if stage is None:
            return ""
        left = stage.kill()
        if left:
            raise RuntimeError(f"cannot end processes {[p.pid for p in left]} of {self.pool}")
        return _text(stage.log, self._said)[-_TAIL:]


class _Stage:
    """One process of `poolproof.stage`, and the queue of its answers."""

    def __init__(self, log: Path) -> None:
        self.log = log
        start = time.perf_counter()
        self._contained = Containment()
        self._process = self._contained.start([sys.executable, "-m", "poolproof.stage", str(log)])
        self._answers: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._threads = [
            threading.Thread(target=_feed, args=(self._process, self._answers), daemon=True),
            threading.Thread(target=_watch, args=(self._process, self._answers), daemon=True),
        ]
        for thread in self._threads:
            thread.start()
        hello = self._answer(START_S)
        if hello:
            self.kill()
            raise RuntimeError(f"no stage started within {START_S:.0f} s: {hello} {_text(log)}")
        self.start_s = time.perf_counter() - start

    def ask(self, request: Request, deadline_s: float) -> dict[str, Any]:
        """The answer to `request`: ok, refused, error, timeout, or exit (the stage is dead)."""
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):  # it is dead: the watcher says so
            self._process.stdin.write(encode_request(request) + "\n")
            self._process.stdin.flush()
        return self._answer(deadline_s)

    def processes(self) -> tuple[str, ...]:
        """The stage and what descends from it, a line each."""
        return tuple(_line(p) for p in self._contained.members())

    def kill(self) -> list[psutil.Process]:
        """End it all; return what would not end."""
        left = self._contained.kill(KILL_S)
        self._process.wait(KILL_S)
        for thread in self._threads:
            thread.join(KILL_S)
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):  # unsent bytes to the dead
                    stream.close()
        self._contained.close()
        return left

    def _answer(self, deadline_s: float) -> dict[str, Any]:
        try:
            return self._answers.get(timeout=deadline_s)
        except queue.Empty:
            return {"timeout": deadline_s}


def _feed(process: Popen[str], answers: queue.SimpleQueue[dict[str, Any]]) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        answers.put(json.loads(line))


def _watch(process: Popen[str], answers: queue.SimpleQueue[dict[str, Any]]) -> None:
    # End of file would not do: a forked worker keeps the dead stage's pipe open.
    answers.put({"exit": process.wait()})


def _text(path: Path, start: int = 0) -> str:
    return path.read_bytes()[start:].decode(errors="replace") if path.exists() else ""


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _line(process: psutil.Process) -> str:
    try:
        return f"pid {process.pid}, parent {process.ppid()}: {' '.join(process.cmdline())[:160]}"
    except psutil.Error as error:
        return f"pid {process.pid}: {type(error).__name__}"
