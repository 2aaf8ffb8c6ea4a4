"""Is what a driver declares true? As far as one pool with two workers and one task can show it.

Whether a pool keeps its promises is for the rules to judge. What is looked for here is a driver
that declares an option and does not hand it on: every rule that needs it would blame the pool.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from poolproof.drivers import capabilities as can
from poolproof.drivers.base import OpenOptions, Pool, Subject
from poolproof.drivers.wrap import wrap

_PLENTY = 1000  # tasks: no worker of a proof is replaced
_marks: set[str] = set()  # of this process, by initializers


class Untrue(ValueError):
    """A driver declares what it cannot do; the message is one line for the user."""


@dataclass(frozen=True, slots=True)
class Proof:
    """A pool that was opened with every option that its subject declares."""

    subject: Subject
    pool: Pool
    mark: str

    def check(self, known: Collection[str]) -> None:
        """Run one task, and see what it shows.

        Raises:
            Untrue: a capability of `known` is not there.
        """
        callback = (lambda _: None) if can.CALLBACKS in known else None
        try:
            pending = self.pool.submit(_look, self.mark, callback=callback)
        except TypeError as error:
            if callback is None:
                raise
            raise _untrue(can.CALLBACKS, f"submitting does not take them ({error})") from error
        where, initialized = pending.get()
        if can.PROCESSES in known and where == os.getpid():
            raise _untrue(can.PROCESSES, "its tasks run in the caller's process")
        if can.INITIALIZER in known and not initialized:
            raise _untrue(can.INITIALIZER, "a worker ran a task without having run it")


def open_for_proof(subject: Subject, start_method: str) -> Proof:
    """Open a pool with every option that the subject declares.

    Raises:
        Untrue: it opens without one of them alone.
        NotAPool: what opens is no pool.
        Exception: it does not open at all, as it came.
    """
    declared = subject.declares - subject.denies - subject.lacks.get(start_method, frozenset())
    mark = secrets.token_hex(8)
    options: dict[str, dict[str, Any]] = {
        can.INITIALIZER: {"initializer": _mark, "initargs": (mark,)},
        can.RECYCLING: {"max_tasks": _PLENTY},
    }
    given = {name: option for name, option in options.items() if name in declared}
    try:
        return Proof(subject, _open(subject, start_method, *given.values()), mark)
    except Exception as error:
        for name, option in given.items():
            _open(subject, start_method, *(o for o in given.values() if o is not option)).close()
            raise _untrue(name, f"it does not open with it ({error})") from error
        raise


def _open(subject: Subject, start_method: str, *options: dict[str, Any]) -> Pool:
    more = {name: value for option in options for name, value in option.items()}
    return wrap(subject.open(OpenOptions(2, start_method, **more)))


def _untrue(capability: str, how: str) -> Untrue:
    return Untrue(f'declares {capability}, but {how}; say so with `denies = {{"{capability}"}}`')


def _mark(mark: str) -> None:
    _marks.add(mark)


def _look(mark: str) -> tuple[int, bool]:
    return os.getpid(), mark in _marks
