"""Wrong pools that leave something behind, drop it at the end, or accept it too late."""

from __future__ import annotations

import os
import threading
from dataclasses import replace
from typing import Any

from poolproof_reports.results import Outcome

from poolproof.drivers.base import OpenOptions
from poolproof.saboteurs.honest import SpoiledResult, bad_pool, open_honest
from poolproof.saboteurs.life_common import Manager


class _LeaksPipe(Manager):
    def __init__(self, options: OpenOptions) -> None:
        super().__init__(options)
        os.pipe()


class _LeaksThread(Manager):
    def __init__(self, options: OpenOptions) -> None:
        super().__init__(options)
        threading.Thread(target=threading.Event().wait, daemon=True).start()


class _DropsAtClose(Manager):
    def close(self) -> None:
        self.honest.terminate()


class _TakesLateTasks(Manager):
    closed = False

    def close(self) -> None:
        self.closed = True
        self.honest.close()

    def apply_async(self, *args: Any, **options: Any) -> Any:
        return object() if self.closed else self.honest.apply_async(*args, **options)


class _Terminated(Manager):
    """Its results know whether it was terminated."""

    over = False

    def terminate(self) -> None:
        self.over = True
        self.honest.terminate()

    def apply_async(self, *args: Any, **options: Any) -> Any:
        return _Result(self.honest.apply_async(*args, **options), self)

    def settle(self) -> Any:
        """What a result that raises does after terminate(): hide it."""


class _Result(SpoiledResult):
    def __init__(self, honest: Any, pool: _Terminated) -> None:
        super().__init__(honest)
        self._pool = pool

    def get(self, timeout: float | None = None) -> Any:
        try:
            return self.honest.get(timeout)
        except Exception:
            if not self._pool.over:
                raise
            return self._pool.settle()


class _NeverSettles(_Terminated):
    def settle(self) -> Any:
        """What mp.Pool does: nobody tells the one who waits."""
        threading.Event().wait()


class _StaysOpen(Manager):
    def __exit__(self, *_: object) -> Any:
        return None


class _SwallowsErrors(Manager):
    def __exit__(self, *_: object) -> Any:
        self.terminate()
        return True


def _one_task_more(options: OpenOptions) -> Any:
    limit = options.max_tasks
    return open_honest(replace(options, max_tasks=None if limit is None else limit + 1))


SABOTEURS = (
    bad_pool(
        "LIFE-01",
        "leaks-a-pipe",
        "Each pool leaves a pipe open.",
        "more descriptors or handles",
        _LeaksPipe,
    ),
    bad_pool(
        "LIFE-01",
        "leaks-a-thread",
        "Each pool leaves a thread that waits for ever.",
        "more threads",
        _LeaksThread,
    ),
    bad_pool(
        "LIFE-02",
        "drops-at-close",
        "close() throws away what has not begun.",
        "was accepted before close()",
        _DropsAtClose,
    ),
    bad_pool(
        "LIFE-03",
        "takes-late-tasks",
        "A closed pool accepts tasks, and never runs them.",
        "submit after close() was accepted",
        _TakesLateTasks,
    ),
    bad_pool(
        "LIFE-04",
        "forgets-who-waits",
        "After terminate() nobody settles the results that are outstanding.",
        "still open: get",
        _NeverSettles,
        Outcome.TIMEOUT,
    ),
    bad_pool(
        "LIFE-04",
        "calls-the-terminated-done",
        "After terminate() every outstanding result is None.",
        "was terminated with its pool, and returned None",
        _Terminated,
    ),
    bad_pool(
        "LIFE-05",
        "recycles-late",
        "A worker runs one task more than it is allowed.",
        "expected at most",
        _one_task_more,
    ),
    bad_pool(
        "LIFE-06",
        "stays-open",
        "Leaving a `with` block ends nothing.",
        "are alive after the `with` block",
        _StaysOpen,
    ),
    bad_pool(
        "LIFE-06",
        "swallows-errors",
        "An exception raised in a `with` block is gone after it.",
        "was left with None",
        _SwallowsErrors,
    ),
)
