"""Wrong pools for FAULT: they lie about failures, spread them, or never tell."""

from __future__ import annotations

import contextlib
import pickle
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from poolproof_reports.results import Outcome

from poolproof.drivers.base import OpenOptions
from poolproof.saboteurs.honest import (
    After,
    Spoiled,
    SpoiledResult,
    disguised,
    in_workers,
    open_honest,
)
from poolproof.saboteurs.record import Saboteur

_EXITS = (SystemExit, KeyboardInterrupt, GeneratorExit)
_TOO_MANY = 5


class _Results(Spoiled):
    """A pool that sees each error before it is raised at the reader."""

    def __init__(self, options: OpenOptions) -> None:
        super().__init__(options)
        self.results: list[Any] = []
        self.errors = 0

    def apply_async(self, *args: Any, **options: Any) -> Any:
        result = self.honest.apply_async(*args, **options)
        self.results.append(result)
        return _Result(result, self)

    def failed(self, error: Exception) -> Any:
        """What get() does with an error."""
        raise error

    def got(self, value: Any) -> Any:
        """What get() does with a value."""
        return value


class _Result(SpoiledResult):
    def __init__(self, honest: Any, pool: _Results) -> None:
        super().__init__(honest)
        self._pool = pool

    def get(self, timeout: float | None = None) -> Any:
        try:
            value = self.honest.get(timeout)
        except Exception as error:  # noqa: BLE001 - all of them
            return self._pool.failed(error)
        return self._pool.got(value)


def _was_killed(error: Exception) -> bool:
    return getattr(error, "exitcode", 0) in (-9, -15)  # Windows knows -15 alone


class _SwallowsKills(_Results):
    def failed(self, error: Exception) -> Any:
        if _was_killed(error):
            threading.Event().wait()  # what mp.Pool does: nobody notices
        raise error


class _CallsKilledDone(_Results):
    def failed(self, error: Exception) -> Any:
        if _was_killed(error):
            return None
        raise error


class _TrustsExitCodeZero(_Results):
    def failed(self, error: Exception) -> Any:
        if getattr(error, "exitcode", None) == 0:
            return None
        raise error


class _RaisesExits(_Results):
    def failed(self, error: Exception) -> Any:
        if isinstance(error.__cause__, _EXITS):
            raise error.__cause__
        raise error


class _TiresOfErrors(_Results):
    def failed(self, error: Exception) -> Any:
        self.errors += 1
        raise error

    def got(self, value: Any) -> Any:
        if self.errors >= _TOO_MANY:
            raise RuntimeError(f"{self.errors} tasks have failed")
        return value


class _LosesHeart(_Results):
    def apply_async(self, *args: Any, **options: Any) -> Any:
        if any(_has_failed(result, _has_died) for result in self.results):
            raise RuntimeError("a worker is missing")
        return super().apply_async(*args, **options)


class _BreaksAltogether(_Results):
    def got(self, value: Any) -> Any:
        if any(_has_failed(result, _is_unreadable) for result in self.results):
            raise RuntimeError("the pool is broken")
        return value


def _has_failed(result: Any, so: Callable[[Exception], bool]) -> bool:
    """Is it there already, and an error of that kind?"""
    try:
        result.get(0)
    except Exception as error:  # noqa: BLE001 - also "not yet"
        return so(error)
    return False


def _has_died(error: Exception) -> bool:
    return hasattr(error, "exitcode")


def _is_unreadable(error: Exception) -> bool:
    return "cannot be unpickled" in str(error)


class _IgnoresExits(After):
    """A task whose SystemExit is a return."""

    def __call__(self, *args: Any) -> Any:
        with contextlib.suppress(*_EXITS):
            return self.task(*args)


class _IgnoresUnreadable(After):
    """A task whose exception counts only if it can be read."""

    def __call__(self, *args: Any) -> Any:
        try:
            return self.task(*args)
        except Exception as error:
            if _survives(error):
                raise
            return None


def _survives(value: Any) -> bool:
    try:
        pickle.loads(pickle.dumps(value))
    except Exception:  # noqa: BLE001 - whatever unpickling runs into
        return False
    return True


def _none_if_unsendable(value: Any) -> Any:
    return value if _survives(value) else None


@dataclass(frozen=True)
class _Insists:
    """An initializer that is tried again until it succeeds."""

    initializer: Callable[..., object]

    def __call__(self, *args: Any) -> None:
        while True:
            try:
                self.initializer(*args)
            except (Exception, SystemExit):  # noqa: BLE001 - that is the fault
                continue
            return


def _insisting(options: OpenOptions) -> Any:
    if options.initializer is None:
        return open_honest(options)
    return open_honest(replace(options, initializer=_Insists(options.initializer)))


def _saboteur(
    rule: str,
    name: str,
    fault: str,
    says: str,
    opener: Callable[[OpenOptions], Any],
    outcome: Outcome = Outcome.FAIL,
) -> Saboteur:
    subject = disguised(name, opener)
    return Saboteur(name=name, fault=fault, rule=rule, says=says, subject=subject, outcome=outcome)


def _same(value: Any) -> Any:
    return value


SABOTEURS = (
    _saboteur(
        "FAULT-01",
        "swallows-kills",
        "The result of a killed worker's task never settles.",
        "still open: task",
        _SwallowsKills,
        Outcome.TIMEOUT,
    ),
    _saboteur(
        "FAULT-01",
        "calls-the-killed-done",
        "The result of a killed worker's task is None.",
        "was killed inside it, and its result is the value None",
        _CallsKilledDone,
    ),
    _saboteur(
        "FAULT-02",
        "ignores-exits",
        "A task that raises SystemExit returns None.",
        "and its result is the value None",
        in_workers(_IgnoresExits, _same),
    ),
    _saboteur(
        "FAULT-03",
        "ignores-the-unreadable",
        "A task whose exception cannot be unpickled returns None.",
        "cannot be unpickled, and its result is the value None",
        in_workers(_IgnoresUnreadable, _same),
    ),
    _saboteur(
        "FAULT-04",
        "sends-none-instead",
        "A result that cannot be pickled is None.",
        "cannot be pickled, and its result is the value None",
        in_workers(After, _none_if_unsendable),
    ),
    _saboteur(
        "FAULT-05",
        "trusts-exit-code-zero",
        "A worker that ends with exit code 0 in mid-task has done its task.",
        "called os._exit(0), and its result is the value None",
        _TrustsExitCodeZero,
    ),
    _saboteur(
        "FAULT-06",
        "tires-of-errors",
        "After five tasks that failed no result can be read.",
        "tasks that failed, task",
        _TiresOfErrors,
    ),
    _saboteur(
        "FAULT-07",
        "insists-on-initializing",
        "An initializer that fails is tried again, for ever.",
        "the initializer failed",
        _insisting,
    ),
    _saboteur(
        "FAULT-08",
        "loses-heart",
        "Says that it replaces dead workers, and refuses tasks after the first death.",
        "the pool replaces dead workers, it says",
        _LosesHeart,
    ),
    _saboteur(
        "FAULT-09",
        "raises-exits",
        "SystemExit raised in a task is raised at the reader of its result.",
        "in the caller, which ends it",
        _RaisesExits,
    ),
    _saboteur(
        "FAULT-10",
        "breaks-altogether",
        "One exception that cannot be unpickled breaks the pool.",
        "is not at fault",
        _BreaksAltogether,
    ),
)
