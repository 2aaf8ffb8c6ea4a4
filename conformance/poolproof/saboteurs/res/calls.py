"""Wrong pools for RES: single calls."""

from __future__ import annotations

from typing import Any

from poolproof.saboteurs.honest import After, Spoiled, bad_pool, in_workers
from poolproof.saboteurs.res.making import Task


def _listed(result: Any) -> Any:
    return list(result) if type(result) is tuple else result


class _CallsTwice(Spoiled):
    def apply_async(
        self,
        func: Task,
        args: Any = (),
        kwds: Any = None,
        callback: Task | None = None,
        error_callback: Task | None = None,
    ) -> Any:
        hooks = (hook and _twice(hook) for hook in (callback, error_callback))
        return self.honest.apply_async(func, args, kwds, *hooks)


class _WrapsForCallback(Spoiled):
    def apply_async(
        self,
        func: Task,
        args: Any = (),
        kwds: Any = None,
        callback: Task | None = None,
        error_callback: Task | None = None,
    ) -> Any:
        hook = error_callback and _wrapping(error_callback)
        return self.honest.apply_async(func, args, kwds, callback, hook)


def _twice(hook: Task) -> Task:
    return lambda value: (hook(value), hook(value))


def _wrapping(hook: Task) -> Task:
    return lambda error: hook(RuntimeError(str(error)))


SABOTEURS = (
    bad_pool(
        "RES-01",
        "lists-for-tuples",
        "A tuple comes back as a list.",
        "expected",
        in_workers(After, _listed),
    ),
    bad_pool(
        "RES-06",
        "calls-callbacks-twice",
        "Each callback is called twice.",
        "were called 2 times",
        _CallsTwice,
    ),
    bad_pool(
        "RES-06",
        "wraps-errors-for-callbacks",
        "The callback for errors gets a RuntimeError with the message of the exception.",
        "RuntimeError",
        _WrapsForCallback,
    ),
)
