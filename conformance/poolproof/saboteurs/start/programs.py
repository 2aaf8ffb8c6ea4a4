"""Wrong contexts for START: children and programs that end too early, or start too seldom."""

from __future__ import annotations

import multiprocessing
import os
import sys
import tempfile
import threading
from dataclasses import dataclass
from multiprocessing import util
from typing import Any

from poolproof.saboteurs.contexts import (
    SpoiledProcess,
    Target,
    bad_processes,
    bad_targets,
)


@dataclass(frozen=True)
class _Hurried:
    """Does not wait for threads that the target has left."""

    target: Target

    def __call__(self, *args: Any, **kwargs: Any) -> None:
        self.target(*args, **kwargs)
        if any(
            t.daemon is False for t in threading.enumerate() if t is not threading.main_thread()
        ):
            sys.stdout.flush()
            os._exit(0)


def _kill_children() -> None:
    for process in multiprocessing.active_children():
        process.kill()


class _Mortal(SpoiledProcess):
    def start(self) -> None:
        self.honest.start()
        if multiprocessing.parent_process() is None:
            util.Finalize(None, _kill_children, exitpriority=100)


class _ShortNames(SpoiledProcess):
    def start(self) -> None:
        if len(tempfile.gettempdir()) > 107:
            raise OSError("AF_UNIX path too long")
        self.honest.start()


class _FewArguments(SpoiledProcess):
    def start(self) -> None:
        if sum(map(len, sys.argv)) > 1 << 17:
            raise OSError("argument list too long")
        self.honest.start()


SABOTEURS = (
    bad_targets(
        "START-37",
        "waits-for-no-thread",
        "A child that has threads ends as soon as its target returns.",
        "'thread'",
        _Hurried,
    ),
    bad_processes(
        "START-24",
        "ends-everything-at-exit",
        "At the end of a program children that are not daemonic are killed too.",
        "never finished",
        _Mortal,
    ),
    bad_processes(
        "START-31",
        "needs-a-short-tmpdir",
        "start() raises where the path of the temporary folder has more than 107 characters.",
        "start() raised builtins.OSError",
        _ShortNames,
    ),
    bad_processes(
        "START-42",
        "needs-a-short-command-line",
        "start() raises where sys.argv has more than 128 KiB.",
        "start() raised builtins.OSError",
        _FewArguments,
    ),
)
