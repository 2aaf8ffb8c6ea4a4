"""Wrong pools for RES: submission out of a callback goes wrong."""

from __future__ import annotations

import threading
from typing import Any

from poolproof_reports.results import Outcome

from poolproof.drivers.base import OpenOptions
from poolproof.saboteurs.honest import Spoiled, bad_pool
from poolproof.saboteurs.res.making import Task


class _Hooked(Spoiled):
    """A pool whose callbacks are called through `call_back`."""

    def apply_async(
        self,
        func: Task,
        args: Any = (),
        kwds: Any = None,
        callback: Task | None = None,
        error_callback: Task | None = None,
    ) -> Any:
        hooks = (hook and self.hooked(hook) for hook in (callback, error_callback))
        return self.honest.apply_async(func, args, kwds, *hooks)

    def hooked(self, hook: Task) -> Task:
        """The callback that the honest pool gets."""
        return lambda value: self.call_back(hook, value)

    def call_back(self, hook: Task, value: Any) -> None:
        """Runs in the thread of callbacks."""
        hook(value)


class _HoldsItsLock(_Hooked):
    def __init__(self, options: OpenOptions) -> None:
        super().__init__(options)
        self._lock = threading.Lock()

    def apply_async(self, *args: Any, **options: Any) -> Any:
        with self._lock:
            return super().apply_async(*args, **options)

    def call_back(self, hook: Task, value: Any) -> None:
        with self._lock:
            hook(value)


class _RefusesCallbacks(_Hooked):
    _inside = threading.local()

    def apply_async(self, *args: Any, **options: Any) -> Any:
        if getattr(self._inside, "callback", False):
            raise RuntimeError("submission from a callback")
        return super().apply_async(*args, **options)

    def call_back(self, hook: Task, value: Any) -> None:
        self._inside.callback = True
        hook(value)
        self._inside.callback = False


SABOTEURS = (
    bad_pool(
        "RES-18",
        "holds-its-lock",
        "Callbacks are called with the lock held that submission takes.",
        "submit (0, 1)",
        _HoldsItsLock,
        Outcome.TIMEOUT,
    ),
    bad_pool(
        "RES-18",
        "refuses-callbacks",
        "A callback cannot submit.",
        "by a callback, raised builtins.RuntimeError",
        _RefusesCallbacks,
    ),
)
