"""Wrong pools that lose, or lie about, workers that die."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from poolproof_reports.results import Outcome

from poolproof.saboteurs.fault.base import Marked, Results, Wrapping, has_died, was_killed
from poolproof.saboteurs.honest import bad_pool

_CRASHES = (-6, -11, 0xC0000005)  # SIGABRT, SIGSEGV, STATUS_ACCESS_VIOLATION


class _SwallowsKills(Marked):
    def failed(self, error: Exception, number: int) -> Any:
        if was_killed(error) and self.began(number) and not self.returned(number):
            threading.Event().wait()  # what mp.Pool does: nobody notices
        raise error


class _CallsKilledDone(Marked):
    def failed(self, error: Exception, number: int) -> Any:
        if was_killed(error) and self.began(number) and not self.returned(number):
            return None
        raise error


class _CallsReturnedDone(Marked):
    def failed(self, error: Exception, number: int) -> Any:
        if was_killed(error) and self.returned(number):
            return None
        raise error


class _CallsUnbegunDone(Marked):
    def failed(self, error: Exception, number: int) -> Any:
        if has_died(error) and not self.began(number):
            return None
        raise error


class _TrustsExitCodeZero(Results):
    def failed(self, error: Exception, number: int) -> Any:
        if getattr(error, "exitcode", None) == 0:
            return None
        raise error


class _CallsCrashesDone(Results):
    def failed(self, error: Exception, number: int) -> Any:
        if getattr(error, "exitcode", None) in _CRASHES:
            return None
        raise error


class _LosesHeart(Results):
    def apply_async(self, *args: Any, **options: Any) -> Any:
        if self.has_failed(has_died):
            raise RuntimeError("a worker is missing")
        return super().apply_async(*args, **options)


@dataclass(frozen=True, slots=True)
class _Signed:
    """A task whose value comes with the pid of its worker."""

    task: Callable[..., Any]

    def __call__(self, *args: Any, **kwargs: Any) -> tuple[int, Any]:
        return os.getpid(), self.task(*args, **kwargs)


class _MissesTheIdle(Wrapping):
    """More workers have been seen than there were at first, and died in a task since."""

    wrap = _Signed

    def __init__(self, options: Any) -> None:
        super().__init__(options)
        self.workers = options.workers
        self.seen: set[int] = set()

    def got(self, value: tuple[int, Any], number: int) -> Any:
        self.seen.add(value[0])
        replaced = len(self.seen) > self.workers + self.has_failed(has_died)
        return None if replaced else value[1]


SABOTEURS = (
    bad_pool(
        "FAULT-01",
        "swallows-kills",
        "The result of a killed worker's task never settles.",
        "still open: task",
        _SwallowsKills,
        Outcome.TIMEOUT,
    ),
    bad_pool(
        "FAULT-01",
        "calls-the-killed-done",
        "The result of a killed worker's task is None.",
        "was killed inside it, and its result is the value None",
        _CallsKilledDone,
    ),
    bad_pool(
        "FAULT-05",
        "trusts-exit-code-zero",
        "A worker that ends with exit code 0 in mid-task has done its task.",
        "called os._exit(0), and its result is the value None",
        _TrustsExitCodeZero,
    ),
    bad_pool(
        "FAULT-08",
        "loses-heart",
        "Says that it replaces dead workers, and refuses tasks after the first death.",
        "the pool replaces dead workers, it says",
        _LosesHeart,
    ),
    bad_pool(
        "FAULT-11",
        "misses-the-idle",
        "Results of workers that replace an idle one that died are None.",
        "idle worker(s) killed, task",
        _MissesTheIdle,
    ),
    bad_pool(
        "FAULT-12",
        "calls-the-returned-done",
        "A worker that is killed after its function has returned has done its task; it is None.",
        "was killed while it sent its result",
        _CallsReturnedDone,
    ),
    bad_pool(
        "FAULT-13",
        "calls-the-unbegun-done",
        "A worker that dies before the function is called has lost nothing; the result is None.",
        "was killed while it read the task's arguments",
        _CallsUnbegunDone,
    ),
    bad_pool(
        "FAULT-15",
        "calls-crashes-done",
        "A worker that ends by SIGSEGV or SIGABRT has done its task.",
        "crashed (sig",
        _CallsCrashesDone,
    ),
)
