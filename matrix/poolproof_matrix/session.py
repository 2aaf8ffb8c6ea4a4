"""A Windows Python that is set up, started and ready to run this checkout's programs."""

from __future__ import annotations

import os
import signal
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from poolproof_matrix import runner, server
from poolproof_matrix.environment import python_environment
from poolproof_matrix.layout import find_checkout, wine_home
from poolproof_matrix.own_packages import own_packages
from poolproof_matrix.pins import windows_python
from poolproof_matrix.progress import Progress
from poolproof_matrix.provision import Provision, plan, ready


@dataclass(frozen=True)
class WindowsSession:
    """Runs programs in the Windows Python; what it uses stays in place while it is open."""

    provision: Provision
    checkout: Path
    own: Path

    def command(self, arguments: Sequence[str]) -> list[str | Path]:
        """Return the Linux command line that runs ``python.exe`` with *arguments*."""
        executable = self.provision.home.python(self.provision.python) / "python.exe"
        return [self.provision.wine.loader, executable, *arguments]

    def run(
        self,
        arguments: Sequence[str],
        cwd: Path | None = None,
        seconds: float | None = None,
    ) -> int:
        """Run Windows Python with *arguments*; return its exit code.

        It is ended after *seconds*; the code is then ``runner.TIMED_OUT``.
        """
        server.start(self.provision.home, self.provision.wine)
        run_id = uuid.uuid4().hex
        env = python_environment(self.provision.home, os.environ, [self.own], run_id)
        return runner.run(self.command(arguments), env, run_id, cwd, seconds)

    def run_tests(self, arguments: Sequence[str]) -> int:
        """Run this checkout's tests in the Windows Python with pytest; return its exit code."""
        plugin = ["-p", "poolproof_matrix.pytest_wine"]
        return self.run(["-m", "pytest", *plugin, *arguments], cwd=self.checkout)


@contextmanager
def _sigterm_unwinds() -> Iterator[None]:
    """Make SIGTERM end a set-up as Ctrl-C does: with its processes, and without half a folder."""

    def end(number: int, _frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def windows_session(version: str, progress: Progress) -> Iterator[WindowsSession]:
    """Set up what is missing for Windows Python *version*, then give the session."""
    python = windows_python(version)
    home, checkout = wine_home(), find_checkout()
    provision = plan(home, python, checkout, progress)
    with (
        _sigterm_unwinds(),
        ready(provision, progress),
        own_packages(home, checkout, python, provision.uv, progress) as own,
    ):
        yield WindowsSession(provision, checkout, own)
