"""What a child inherits from its caller, as it is at ``start()``, not as it was when it warmed up.

fork copies all of it by itself; here it is taken down at the caller and taken over in the spare.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import connection
from typing import Any

from . import environment, filters, preload
from .recipe import Preload
from .system import inheritance as system


@dataclass(frozen=True)
class Inheritance:
    """The caller's state that multiprocessing's own preparation data leaves out."""

    caller_pid: int
    environ: dict[str, str]
    preload: Preload | None
    installed: bool
    filters: tuple[filters.Name, ...]
    system: system.SystemState


def take_down(popen: Any, environ: dict[str, str], installed: bool) -> Inheritance:
    """The state of this process, for the child that *popen* starts."""
    return Inheritance(
        caller_pid=os.getpid(),
        environ=environ,
        preload=preload.chosen(),
        installed=installed,
        filters=filters.take_down(),
        system=system.take_down(popen),
    )


def take_over(state: Inheritance, descriptors: list[int]) -> None:
    """Make *state* this process's own; *descriptors* are those that came with it."""
    if environment.current() != state.environ:
        _set_environ(state.environ)
    preload.adopt(state.preload)
    filters.take_over(state.filters)
    system.take_over(state.system, descriptors)


def _set_environ(wanted: dict[str, str]) -> None:
    for name in os.environ.keys() - wanted.keys():
        del os.environ[name]
    for name, value in wanted.items():
        if os.environ.get(name) != value:
            os.environ[name] = value


def answer_getppid(caller_pid: int, caller_sentinel: int) -> None:
    """Let ``os.getppid()`` answer the caller while it lives: DataLoader's watchdog compares it.

    Once the caller is gone it answers the real parent, which is another, as after a fork.
    """
    real: Callable[[], int] = os.getppid
    own_pid = os.getpid()

    def getppid() -> int:
        if os.getpid() != own_pid or connection.wait([caller_sentinel], 0):
            return real()
        return caller_pid

    os.getppid = getppid
