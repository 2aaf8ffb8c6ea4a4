"""The quick real check of Windows under Wine: programs in order, each with a time limit.

Each step is a program of its own in the Windows Python; the first that fails does not stop the
others, and the table at the end shows all.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from poolproof_matrix.runner import TIMED_OUT
from poolproof_matrix.session import WindowsSession

PROGRAMS = Path(__file__).with_name("guest")


@dataclass(frozen=True)
class Step:
    """One program: what it shows, the arguments of ``python.exe``, its limit in seconds."""

    title: str
    arguments: tuple[str, ...]
    seconds: float


@dataclass(frozen=True)
class StepResult:
    """How a step ended."""

    step: Step
    code: int
    seconds: float

    @property
    def word(self) -> str:
        """``ok``, or what went wrong."""
        if self.code == 0:
            return "ok"
        if self.code == TIMED_OUT:
            return f"no end within {self.step.seconds:.0f} s"
        return f"exit code {self.code}"


def _program(name: str, *arguments: str) -> tuple[str, ...]:
    return (str(PROGRAMS / name), *arguments)


def _rules(pool: str, start_method: str) -> tuple[str, ...]:
    """Two quick rules that every honest pool keeps: one of the pool, one of the context."""
    chosen = ("--rule", "RES-02", "--rule", "START-02")
    return ("-m", "poolproof", "run", "--pool", pool, "--start-method", start_method, *chosen)


STEPS = (
    Step("Windows CPython and torch", _program("smoke_versions.py"), 120),
    Step("multiprocessing, spawn: a Pool maps tensors", _program("smoke_pool.py", "spawn"), 180),
    Step("forkless: a Process and a Pool with tensors", _program("smoke_pool.py", "forkless"), 180),
    Step("forkless: a DataLoader with two workers", _program("smoke_dataloader.py"), 180),
    Step("poolproof: judges multiprocessing", _rules("multiprocessing", "spawn"), 180),
    Step("poolproof: judges forkless", _rules("forkless", "forkless"), 180),
)


def run(session: WindowsSession, steps: Sequence[Step] = STEPS) -> int:
    """Run *steps*, print the table, and return 1 if one of them failed."""
    console = Console()
    results = []
    for step in steps:
        console.rule(step.title)
        began = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="poolproof-") as scratch:  # reports go there
            code = session.run(step.arguments, cwd=Path(scratch), seconds=step.seconds)
        results.append(StepResult(step, code, time.monotonic() - began))
    console.print(table(results))
    return int(any(result.code for result in results))


def table(results: Sequence[StepResult]) -> Table:
    """Return a table with one row a step."""
    made = Table("step", "result", "seconds", title="Windows under Wine: smoke")
    for result in results:
        made.add_row(result.step.title, result.word, f"{result.seconds:.1f}")
    return made
