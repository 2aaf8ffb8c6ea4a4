"""Is what a driver declares true? As far as one pool with two workers and one task can show it.

Whether a pool keeps its promises is for the rules to judge. What is looked for here is a driver
that declares an option and does not hand it on: every rule that needs it would blame the pool. So
it is enough that an initializer runs at all; one that runs too late is a rule's to find.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from poolproof import tasks
from poolproof.drivers import capabilities as can
from poolproof.drivers.base import OpenOptions, Pool, Subject
from poolproof.drivers.wrap import NotAPool, wrap

_PLENTY = 1000  # tasks: no worker of a proof is replaced


class Untrue(ValueError):
    """A driver declares what it cannot do; the message is one line for the user."""


class Unopened(RuntimeError):
    """A pool does not open; the message says what was raised."""


@dataclass(frozen=True, slots=True)
class Proof:
    """A pool that was opened with every option that its subject declares."""

    pool: Pool
    marks: Path  # a folder, where initializers leave a file each

    def check(self, known: Collection[str]) -> None:
        """Run one task, close the pool, and see what that shows.

        Raises:
            Untrue: a capability of `known` is not there.
        """
        try:
            where = self._run_a_task(_nothing if can.CALLBACKS in known else None)
        finally:
            self.pool.close()
        if can.PROCESSES in known and where == os.getpid():
            raise _untrue(can.PROCESSES, "its tasks run in the caller's process")
        if can.INITIALIZER in known and not any(self.marks.iterdir()):
            raise _untrue(can.INITIALIZER, "no worker has run it")

    def _run_a_task(self, callback: Callable[[Any], object] | None) -> int:
        try:
            pending = self.pool.submit(tasks.pid, callback=callback)
        except TypeError as error:
            if callback is None:
                raise
            raise _untrue(can.CALLBACKS, f"submitting does not take them ({error})") from error
        where: int = pending.get()
        return where


@contextmanager
def opened_for_proof(subject: Subject, start_method: str) -> Iterator[Proof]:
    """A pool that is opened with every option that the subject declares.

    Raises:
        Untrue: it opens without one of them alone.
        NotAPool: what opens is no pool.
        Unopened: it does not open at all.
    """
    with tempfile.TemporaryDirectory(prefix="poolproof-", ignore_cleanup_errors=True) as folder:
        yield Proof(_open_with_all(subject, start_method, folder), Path(folder))


def _open_with_all(subject: Subject, start_method: str, folder: str) -> Pool:
    declared = subject.declares - subject.denies - subject.lacks.get(start_method, frozenset())
    options: dict[str, dict[str, Any]] = {
        can.INITIALIZER: {"initializer": _mark, "initargs": (folder,)},
        can.RECYCLING: {"max_tasks": _PLENTY},
    }
    given = {name: option for name, option in options.items() if name in declared}
    try:
        return _open(subject, start_method, *given.values())
    except NotAPool:
        raise
    except Exception as error:
        for name, option in given.items():
            others = [o for o in given.values() if o is not option]
            if _opens(subject, start_method, *others):
                raise _untrue(name, f"it does not open with it ({error})") from error
        raise Unopened(f"{type(error).__name__}: {error}") from error


def _opens(subject: Subject, start_method: str, *options: dict[str, Any]) -> bool:
    try:
        _open(subject, start_method, *options).close()
    except Exception:  # noqa: BLE001 - whatever it is, it does not open
        return False
    return True


def _open(subject: Subject, start_method: str, *options: dict[str, Any]) -> Pool:
    more = {name: value for option in options for name, value in option.items()}
    return wrap(subject.open(OpenOptions(2, start_method, **more)))


def _untrue(capability: str, how: str) -> Untrue:
    return Untrue(f'declares {capability}, but {how}; say so with `denies = {{"{capability}"}}`')


def _mark(folder: str) -> None:
    descriptor, _ = tempfile.mkstemp(dir=folder)
    os.close(descriptor)


def _nothing(_: Any) -> None:
    """A callback."""
