"""Wrong pools that reach beyond their own end: into their program, its forks, and the system."""

from __future__ import annotations

import atexit
import multiprocessing
import os
import signal
import threading
import weakref
from functools import partial
from multiprocessing.shared_memory import SharedMemory
from typing import Any

from poolproof_reports.results import Outcome

from poolproof.drivers.base import OpenOptions
from poolproof.rules.life.segments import FOLDER
from poolproof.saboteurs.honest import bad_pool, open_honest
from poolproof.saboteurs.life_common import Manager


class _ExitsWithZero(Manager):
    def __init__(self, options: OpenOptions) -> None:
        super().__init__(options)
        atexit.register(os._exit, 0)


class _EndsWorkersInForks(Manager):
    """As multiprocessing's exit handler does."""

    def __init__(self, options: OpenOptions) -> None:
        super().__init__(options)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=partial(_end_at_exit, weakref.ref(self)))


def _end_at_exit(pool: weakref.ref[Any]) -> None:
    it = pool()
    for process in () if it is None else it.honest._pool:
        atexit.register(os.kill, process.pid, signal.SIGTERM)


class _Hoards(Manager):
    """Where workers are replaced, one more process for each task stays until the end."""

    def __init__(self, options: OpenOptions) -> None:
        super().__init__(options)
        self.options = options
        self.worn: list[Any] = []

    def apply_async(self, *args: Any, **options: Any) -> Any:
        if self.options.max_tasks is not None:
            self.worn.append(open_honest(self.options.with_workers(1)))
        return self.honest.apply_async(*args, **options)

    def terminate(self) -> None:
        for pool in (self.honest, *self.worn):
            pool.terminate()


def _hangs_inside(options: OpenOptions) -> Any:
    if multiprocessing.parent_process() is not None:
        threading.Event().wait()
    return open_honest(options)


def _leaves_a_name(options: OpenOptions) -> Any:
    """A segment that is closed, hidden from the resource tracker, and unlinked at exit only."""
    from multiprocessing import resource_tracker

    segment = SharedMemory(create=True, size=8)
    segment.close()
    if os.name == "posix":
        resource_tracker.unregister(segment._name, "shared_memory")  # type: ignore[attr-defined]
        atexit.register(os.unlink, FOLDER / segment.name)  # even a saboteur's test leaves nothing
    return open_honest(options)


SABOTEURS = (
    bad_pool(
        "LIFE-08",
        "makes-its-program-exit-with-zero",
        "A program that has opened a pool ends with exit code 0, whatever it says.",
        "ended with exit code 0; expected its own, 3",
        _ExitsWithZero,
    ),
    bad_pool(
        "LIFE-15",
        "hoards-processes",
        "With a limit on tasks, a process is left for each task until the pool ends.",
        "dead ones that nobody waited for included",
        _Hoards,
    ),
    bad_pool(
        "LIFE-18",
        "ends-its-workers-in-a-fork",
        "A fork of the program terminates the workers at its exit.",
        "that ran meanwhile",
        _EndsWorkersInForks,
    ),
    bad_pool(
        "LIFE-23",
        "hangs-inside-of-a-task",
        "Opening a pool in a worker never returns.",
        "still open: nested",
        _hangs_inside,
        Outcome.TIMEOUT,
    ),
    bad_pool(
        "LIFE-24",
        "leaves-a-name",
        "Every pool leaves a named segment that nobody unlinks.",
        "left a name in shared memory",
        _leaves_a_name,
    ),
)
