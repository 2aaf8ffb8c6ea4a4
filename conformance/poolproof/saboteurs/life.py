"""Wrong pools for LIFE: what they leave behind, drop, or accept too late."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from poolproof_reports.results import Outcome

from poolproof.drivers.base import OpenOptions
from poolproof.saboteurs.honest import Spoiled, SpoiledResult, disguised, open_honest
from poolproof.saboteurs.record import Saboteur


class _Manager(Spoiled):
    """With the methods of a `with` block, which Python looks up on the class."""

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> Any:
        return self.terminate()


class _LeaksPipe(_Manager):
    def __init__(self, options: OpenOptions) -> None:
        super().__init__(options)
        os.pipe()


class _LeaksThread(_Manager):
    def __init__(self, options: OpenOptions) -> None:
        super().__init__(options)
        threading.Thread(target=threading.Event().wait, daemon=True).start()


class _DropsAtClose(_Manager):
    def close(self) -> None:
        self.honest.terminate()


class _TakesLateTasks(_Manager):
    closed = False

    def close(self) -> None:
        self.closed = True
        self.honest.close()

    def apply_async(self, *args: Any, **options: Any) -> Any:
        return object() if self.closed else self.honest.apply_async(*args, **options)


class _Terminated(_Manager):
    """Its results know whether it was terminated."""

    over = False

    def terminate(self) -> None:
        self.over = True
        self.honest.terminate()

    def apply_async(self, *args: Any, **options: Any) -> Any:
        result = self.honest.apply_async(*args, **options)
        return _Result(result, lambda: self.settle() if self.over else None)

    def settle(self) -> None:
        """What a result that raises does after terminate(): hide it."""


class _Result(SpoiledResult):
    def __init__(self, honest: Any, settle: Callable[[], None]) -> None:
        super().__init__(honest)
        self._settle = settle

    def get(self, timeout: float | None = None) -> Any:
        try:
            return self.honest.get(timeout)
        except Exception:  # noqa: BLE001 - whatever terminate() makes of it
            return self._settle()


class _NeverSettles(_Terminated):
    def settle(self) -> None:
        """What mp.Pool does: nobody tells the one who waits."""
        threading.Event().wait()


class _StaysOpen(_Manager):
    def __exit__(self, *_: object) -> Any:
        return None


class _SwallowsErrors(_Manager):
    def __exit__(self, *_: object) -> Any:
        self.terminate()
        return True


def _one_task_more(options: OpenOptions) -> Any:
    limit = options.max_tasks
    return open_honest(replace(options, max_tasks=None if limit is None else limit + 1))


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


SABOTEURS = (
    _saboteur(
        "LIFE-01",
        "leaks-a-pipe",
        "Each pool leaves a pipe open.",
        "more descriptors or handles",
        _LeaksPipe,
    ),
    _saboteur(
        "LIFE-01",
        "leaks-a-thread",
        "Each pool leaves a thread that waits for ever.",
        "more threads",
        _LeaksThread,
    ),
    _saboteur(
        "LIFE-02",
        "drops-at-close",
        "close() throws away what has not begun.",
        "was accepted before close()",
        _DropsAtClose,
    ),
    _saboteur(
        "LIFE-03",
        "takes-late-tasks",
        "A closed pool accepts tasks, and never runs them.",
        "submit after close() was accepted",
        _TakesLateTasks,
    ),
    _saboteur(
        "LIFE-04",
        "forgets-who-waits",
        "After terminate() nobody settles the results that are outstanding.",
        "still open: get",
        _NeverSettles,
        Outcome.TIMEOUT,
    ),
    _saboteur(
        "LIFE-04",
        "calls-the-terminated-done",
        "After terminate() every outstanding result is None.",
        "was terminated with its pool, and returned None",
        _Terminated,
    ),
    _saboteur(
        "LIFE-05",
        "recycles-late",
        "A worker runs one task more than it is allowed.",
        "expected at most",
        _one_task_more,
    ),
    _saboteur(
        "LIFE-06",
        "stays-open",
        "Leaving a `with` block ends nothing.",
        "are alive after the `with` block",
        _StaysOpen,
    ),
    _saboteur(
        "LIFE-06",
        "swallows-errors",
        "An exception raised in a `with` block is gone after it.",
        "was left with None",
        _SwallowsErrors,
    ),
)
