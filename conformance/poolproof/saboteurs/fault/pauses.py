"""Wrong pools in which a paused worker holds up others."""

from __future__ import annotations

import threading
from typing import Any

from poolproof_reports.results import Outcome

from poolproof.saboteurs.fault.base import Results
from poolproof.saboteurs.honest import bad_pool


class _InOrder(Results):
    """A result can be read when all earlier ones are there."""

    def got(self, value: Any, number: int) -> Any:
        for earlier in self.results[:number]:
            earlier.wait()
        return value


class _AsksTheIdle(Results):
    """A task is submitted when an idle pool's workers have all answered."""

    def apply_async(self, *args: Any, **options: Any) -> Any:
        if all(result.ready() for result in self.results) and self._has_stopped():
            threading.Event().wait()
        return super().apply_async(*args, **options)

    def _has_stopped(self) -> bool:
        import psutil

        return any(_status(process.pid) == psutil.STATUS_STOPPED for process in self.honest._pool)


def _status(pid: int) -> str:
    import psutil

    try:
        status: str = psutil.Process(pid).status()
    except psutil.NoSuchProcess:
        return psutil.STATUS_DEAD
    return status


SABOTEURS = (
    bad_pool(
        "FAULT-24",
        "reads-in-order",
        "A result can be read once all earlier ones have settled.",
        "still open: task",
        _InOrder,
        Outcome.TIMEOUT,
    ),
    bad_pool(
        "FAULT-25",
        "asks-the-idle",
        "An idle pool waits for a sign of life of every worker before it takes a task.",
        "hangs",
        _AsksTheIdle,
        Outcome.TIMEOUT,
    ),
)
