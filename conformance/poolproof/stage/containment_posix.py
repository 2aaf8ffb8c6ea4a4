"""POSIX: descendants of a stage are known by a token in the environment they were started with.

A parent-child walk is not enough: a forkserver's children, daemonised trackers and orphans have
other parents. The token is inherited by all of them, and by nobody else.

Guarantees:
    - `kill` ends what descends from the stage, also what is started while it runs, or names it.
Assumes:
    - No descendant starts a process with an emptied environment.
"""

from __future__ import annotations

import ctypes
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Sequence

import psutil

_TOKEN = "POOLPROOF_STAGE"
_PR_SET_PDEATHSIG = 1
_EXEC_S = 0.5
_TIDY_S = 2.0  # for a tracker to end by itself


class Containment:
    """The processes of one stage."""

    def __init__(self) -> None:
        self._token = secrets.token_hex(8)
        self._born = time.time() - 1.0  # the clock of processes is coarse

    def start(self, command: Sequence[str]) -> subprocess.Popen[str]:
        """Start the stage, in a session of its own, so that Ctrl-C meets the keeper alone."""
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, _TOKEN: self._token},
            start_new_session=True,
        )

    def members(self) -> list[psutil.Process]:
        """What is alive of the stage and its descendants, zombies left out."""
        return [p for p in psutil.process_iter() if self._is_member(p)]

    def kill(self, patience_s: float) -> list[psutil.Process]:
        """End all members; return those that are still there after `patience_s` seconds."""
        end = time.monotonic() + patience_s
        while (alive := self.members()) and time.monotonic() < end:
            # A tracker unlinks the semaphores and segments of the others once they are gone.
            others = [process for process in alive if not _tidies_up(process)]
            for process in others or alive:
                _kill(process)
            psutil.wait_procs(others or alive, timeout=0.2)
            if others:
                self._let_tidy_up(min(end, time.monotonic() + _TIDY_S))
        return alive

    def _let_tidy_up(self, end: float) -> None:
        # Not waited for by id: an orphan that nobody reaps has one for ever.
        while (alive := self.members()) and all(map(_tidies_up, alive)) and time.monotonic() < end:
            psutil.wait_procs(alive, timeout=0.02)

    def close(self) -> None:
        """Nothing is held."""

    def _is_member(self, process: psutil.Process) -> bool:
        try:
            return (
                self._environ(process).get(_TOKEN) == self._token
                and process.status() != psutil.STATUS_ZOMBIE
            )
        except psutil.Error:  # gone, or somebody else's
            return False

    def _environ(self, process: psutil.Process) -> dict[str, str]:
        # A process that becomes another program has none for a moment: a tracker that was just
        # started would be taken for a stranger, and left behind.
        end = time.monotonic() + _EXEC_S
        while not (environ := process.environ()) and process.create_time() >= self._born:
            if time.monotonic() > end:
                break
            time.sleep(0.001)
        return environ


def end_with_keeper() -> None:
    """Have the kernel end this process, a stage, with the thread that started it.

    Only Linux can: elsewhere a stage in the middle of a plan that hangs outlives a killed keeper.
    https://man7.org/linux/man-pages/man2/PR_SET_PDEATHSIG.2const.html
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _tidies_up(process: psutil.Process) -> bool:
    try:
        return any("resource_tracker" in word for word in process.cmdline())
    except psutil.Error:
        return False


def _kill(process: psutil.Process) -> None:
    try:
        process.kill()
    except psutil.NoSuchProcess:
        return
