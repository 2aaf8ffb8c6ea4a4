"""Wrong contexts for START-01 to 10: a process is not what was asked for, or not how it ends."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from multiprocessing import process as internals
from typing import Any

from poolproof_reports.results import Outcome

from poolproof import tasks_start
from poolproof.saboteurs.contexts import (
    SpoiledContext,
    SpoiledProcess,
    Target,
    bad_context,
    bad_processes,
    bad_targets,
    with_targets,
)
from poolproof.saboteurs.record import Saboteur

_started = 0
_starting: list[int] = []  # the pid of each start() under way; a forked child inherits them


@cache
def _first_environ() -> Mapping[str, str]:
    return dict(os.environ)


@cache
def _first_folder() -> str:
    return os.getcwd()


@dataclass(frozen=True)
class _Quiet:
    """Ends well, however the target ends."""

    target: Target

    def __call__(self, *args: Any, **kwargs: Any) -> None:
        try:
            self.target(*args, **kwargs)
        except BaseException:  # noqa: BLE001 - that is the fault
            return


@dataclass(frozen=True)
class _StaleEnviron:
    """Runs in the environment of the first process, as a fork server's children do."""

    target: Target
    environ: Mapping[str, str] = field(default_factory=_first_environ)

    def __call__(self, *args: Any, **kwargs: Any) -> None:
        os.environ.clear()
        os.environ.update(self.environ)
        self.target(*args, **kwargs)


@dataclass(frozen=True)
class _StaleFolder:
    """Runs in the folder in which the first process was made."""

    target: Target
    folder: str = field(default_factory=_first_folder)

    def __call__(self, *args: Any, **kwargs: Any) -> None:
        os.chdir(self.folder)
        self.target(*args, **kwargs)


@dataclass(frozen=True)
class _Orphan:
    """A daemonic child that knows no parent."""

    target: Target

    def __call__(self, *args: Any, **kwargs: Any) -> None:
        if multiprocessing.current_process().daemon:
            internals._parent_process = None  # type: ignore[attr-defined]
        self.target(*args, **kwargs)


@dataclass(frozen=True)
class _Stranger:
    """A child to which the system names somebody else as its parent."""

    target: Target

    def __call__(self, *args: Any, **kwargs: Any) -> None:
        os.getppid = lambda: 0
        self.target(*args, **kwargs)


@dataclass(frozen=True)
class _Used:
    """Runs in an interpreter in which as many targets ran before as were started."""

    target: Target
    before: int

    def __call__(self, *args: Any, **kwargs: Any) -> None:
        tasks_start.touched = self.before
        self.target(*args, **kwargs)


def _used(target: Target) -> _Used:
    global _started
    _started += 1
    return _Used(target, _started - 1)


class _Nameless(SpoiledContext):
    def make(self, *, name: str | None = None, **options: Any) -> Any:
        return self.honest.Process(**options)


class _Ended(SpoiledProcess):
    _terminated = False

    def terminate(self) -> None:
        self._terminated = True
        self.honest.terminate()

    @property
    def exitcode(self) -> Any:
        code = self.honest.exitcode
        return 0 if self._terminated and code is not None else code


class _Childless(SpoiledContext):
    def __init__(self, start_method: str) -> None:
        super().__init__(start_method)
        self._owner = os.getpid()

    def make(self, **options: Any) -> Any:
        if os.getpid() != self._owner:
            raise RuntimeError("a child cannot start processes")
        return self.honest.Process(**options)


class _Hasty(SpoiledProcess):
    def __init__(self, make: Callable[[], Any]) -> None:
        super().__init__(make())
        self._make = make

    def start(self) -> None:
        me = os.getpid()
        _starting.append(me)
        try:
            time.sleep(0.01)  # wide enough for another thread to be inside as well
            if _starting.count(me) > 1:
                twin = self._make()
                twin.start()
                twin.join()
            self.honest.start()
        finally:
            _starting.remove(me)


class _NotThreadSafe(SpoiledContext):
    def make(self, **options: Any) -> Any:
        return _Hasty(partial(self.honest.Process, **options))


SABOTEURS = (
    bad_context("START-01", "forgets-names", "Names are lost.", "the child's name is", _Nameless),
    bad_targets("START-02", "always-ends-well", "Failures end with 0.", "has exit code 0", _Quiet),
    bad_targets(
        "START-03",
        "keeps-the-first-environ",
        "Every child has the environment in which the first one was started.",
        "in the caller at start()",
        _StaleEnviron,
    ),
    bad_targets(
        "START-04",
        "orphans-daemons",
        "In a daemonic child parent_process() is None.",
        "parent_process() is None",
        _Orphan,
    ),
    bad_targets(
        "START-05",
        "reuses-interpreters",
        "A child finds the module's state as earlier children left it.",
        "found a module variable changed",
        _used,
    ),
    bad_processes(
        "START-06",
        "calls-the-terminated-well",
        "A terminated process has exit code 0.",
        "exitcode is 0",
        _Ended,
    ),
    bad_context(
        "START-07", "childless", "A child cannot start processes.", "never ran", _Childless
    ),
    bad_context(
        "START-08",
        "starts-twins",
        "When two threads call start() at once, a target runs twice.",
        "ran more than once",
        _NotThreadSafe,
    ),
    bad_targets(
        "START-09",
        "keeps-the-first-folder",
        "Every child runs in the folder in which the first one was started.",
        "the current folder is",
        _StaleFolder,
    ),
    Saboteur(
        name="answers-another-parent",
        fault="os.getppid() is 0.",
        rule="START-10",
        says="os.getppid() in the child is not",
        subject=with_targets("answers-another-parent", _Stranger),
        outcome=Outcome.UNSUPPORTED,
    ),
)
