"""A run of the trial program, seen from outside: it is stopped at a moment and loses a process."""

from __future__ import annotations

import json
import math
import os
import queue
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import forkless_trial_program
import psutil
from forkless_stops import Moment, Plan

WITHIN = 60.0
GONE_WITHIN = 20.0


class Run:
    """The program, and all processes that came of it."""

    def __init__(self, scenario: str, maker: str) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="forkless-trial-"))
        self._plan = Plan(str(self._folder))
        self._prefix = f"flt{os.getpid()}-{self._folder.name[-8:]}"
        self._errors = (self._folder / "errors").open("w+b")
        self._program = subprocess.Popen(
            [
                *(sys.executable, forkless_trial_program.__file__),
                *(scenario, maker, f"/{self._prefix}", str(self._folder)),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
        )
        assert self._program.stdin is not None
        assert self._program.stdout is not None
        self._plan.note("client", self._program.pid)
        self._words: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        listen = (self._program.stdout, self._words)
        self._listener = threading.Thread(target=_listen, args=listen, daemon=True)
        self._listener.start()
        try:
            self._heard()
        except BaseException:
            self.end()
            raise

    def kill(self, victim: str, moment: Moment) -> None:
        """Have the program act, and kill *victim* at *moment*."""
        with socket.create_server(("127.0.0.1", 0)) as door:
            port: int = door.getsockname()[1]
            _between_readers(lambda: self._plan.await_at(moment, port))
            self._say("round")
            stopped = self._first_at(door, moment)
        with stopped:
            _between_readers(self._plan.await_no_more)
            holder = int(stopped.makefile().readline())
            pid = self._find(victim, holder)
            psutil.Process(pid).kill()
            _await_end(pid, f"{victim} {pid}")

    def said(self) -> dict[str, Any]:
        """What came of the round, and how it all looks afterwards."""
        self._say("look")
        return self._heard()

    def last_word(self) -> dict[str, Any]:
        """Have the program end, and say how its processes did."""
        self._say("end")
        said = self._heard()
        assert self._program.wait(WITHIN) == 0
        return said

    def left(self, but: Collection[int]) -> list[str]:
        """Processes and semaphores that should be gone; while the program runs, *but* are its."""
        found: list[str] = []

        def look() -> bool:
            found[:] = self._unexpected(but)
            return not found

        with suppress(TimeoutError):
            _until(look, "some are left", GONE_WITHIN)
        return [f"left behind: {name}" for name in found]

    def errors(self) -> str:
        """What came on the program's standard error."""
        self._errors.seek(0)
        return self._errors.read().decode(errors="replace")

    def end(self) -> None:
        """Whatever happened, leave nothing."""
        self._program.kill()
        self._program.wait(WITHIN)
        for _, pid in self._living():
            os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM))
            _await_end(pid, f"{pid}")
        self._listener.join(WITHIN)
        for stream in (self._program.stdin, self._program.stdout, self._errors):
            assert stream is not None
            stream.close()
        # On Windows a process that ended a moment ago may still hold its standard error.
        _until(self._folder_is_gone, f"{self._folder} cannot be removed")

    def _folder_is_gone(self) -> bool:
        shutil.rmtree(self._folder, ignore_errors=True)
        return not self._folder.exists()

    def _first_at(self, door: socket.socket, moment: Moment) -> socket.socket:
        deadline = time.monotonic() + WITHIN
        door.settimeout(0.2)
        while time.monotonic() < deadline and self._program.poll() is None:
            try:
                return door.accept()[0]
            except TimeoutError:
                continue
        raise TimeoutError(f"nobody came to the moment {str(moment)!r}")

    def _find(self, victim: str, holder: int) -> int:
        """The process to kill; *holder* is the one that is stopped."""
        found: list[int] = []

        def look() -> bool:
            found[:] = self._candidates(victim, holder)
            return bool(found)

        _until(look, f"there is no {victim} to kill")
        return found[0]

    def _candidates(self, victim: str, holder: int) -> list[int]:
        """Those of that role that live; of spares, the one that waits longest comes first."""
        living = self._living()
        bystanders = {pid for role, pid in living if role == "bystander"}
        alive = [pid for role, pid in living if role == victim and pid not in bystanders]
        return [holder] if holder in alive else alive

    def _unexpected(self, but: Collection[int]) -> list[str]:
        running = self._program.poll() is None
        own = ("client", "tracker", "bystander") if running else ()
        living = self._living()
        expected = {*but, *(pid for role, pid in living if role in own)}
        processes = [f"{role} {pid}" for role, pid in living if pid not in expected]
        return processes if running else [*processes, *self._semaphores()]

    def _semaphores(self) -> list[str]:
        if sys.platform != "linux":
            return []
        return [name for name in os.listdir("/dev/shm") if name.startswith(f"sem.{self._prefix}")]

    def _living(self) -> list[tuple[str, int]]:
        """Roles and pids of those that live, in the order in which they came."""
        return living(self._folder)

    def _say(self, word: str) -> None:
        assert self._program.stdin is not None
        self._program.stdin.write(f"{word}\n".encode())
        self._program.stdin.flush()

    def _heard(self) -> dict[str, Any]:
        word = self._words.get(timeout=WITHIN)
        if not word:
            code = self._program.wait(WITHIN)
            raise EOFError(f"the program ended with {code}; it said: {self.errors()}")
        said: dict[str, Any] = json.loads(word)
        return said


def living(folder: Path) -> list[tuple[str, int]]:
    """Roles and pids of those that left a note in *folder* and live, in the order of the notes."""
    notes = [(path.stat().st_mtime, path) for path in folder.iterdir() if "-" in path.name]
    named = [(path.name.split("-"), since) for since, path in sorted(notes)]
    return [(role, int(pid)) for (role, pid), since in named if _is_alive(int(pid), since)]


def _listen(stream: IO[bytes], words: queue.SimpleQueue[bytes]) -> None:
    for line in stream:
        words.put(line)
    words.put(b"")


def _between_readers(change: Callable[[], object]) -> None:
    """Windows lets nobody change a file while another process reads it."""

    def changed() -> bool:
        try:
            change()
        except PermissionError:
            return False
        return True

    _until(changed, "the order for the processes cannot be changed")


def _is_alive(pid: int, noted: float = math.inf) -> bool:
    """Whether the process lives that had this id when it was *noted*.

    A system counts its ids to 32,768 and begins anew: a stranger who has it now began later. (It
    tells when to within a second.)
    """
    try:
        process = psutil.Process(pid)
        own = process.create_time() < noted + 2.0
        return own and bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _await_end(pid: int, name: str) -> None:
    _until(lambda: not _is_alive(pid), f"{name} outlives its end")


def _until(done: Callable[[], bool], complaint: str, within: float = WITHIN) -> None:
    deadline = time.monotonic() + within
    while not done():
        if time.monotonic() > deadline:
            raise TimeoutError(complaint)
        time.sleep(0.005)  # only a parent is told of an end, and nobody of a file that is free
