"""Wrong pools that mistreat what cannot be pickled or unpickled."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from poolproof.saboteurs.fault.base import Results, loads_again
from poolproof.saboteurs.honest import After, bad_pool, in_workers

_USUAL = (pickle.PicklingError, ValueError, AttributeError, OSError)


class _Unreadable(Exception):
    """What a worker says of arguments that it cannot unpickle."""


@dataclass(frozen=True, slots=True)
class _Loads:
    """A task that unpickles its arguments itself, and returns or raises this where it cannot."""

    pickled: bytes
    otherwise: type[_Unreadable] | None

    def __call__(self, **kwargs: Any) -> Any:
        try:
            func, args = pickle.loads(self.pickled)
        except Exception as error:
            if self.otherwise is None:
                return None
            raise self.otherwise from error
        return func(*args, **kwargs)


class _IgnoresArguments(Results):
    otherwise: type[_Unreadable] | None = None

    def apply_async(self, func: Callable[..., Any], args: Any = (), **options: Any) -> Any:
        try:
            task = _Loads(pickle.dumps((func, args)), self.otherwise)
        except Exception:  # noqa: BLE001 - what cannot be pickled goes as it is
            return super().apply_async(func, args, **options)
        return super().apply_async(task, (), **options)


class _BreaksByArguments(_IgnoresArguments):
    otherwise = _Unreadable

    def got(self, value: Any, number: int) -> Any:
        if self.has_failed(lambda error: isinstance(error, _Unreadable)):
            raise RuntimeError("the pool is broken")
        return value


def _says(what: str) -> Callable[[Exception], bool]:
    return lambda error: f"{what} cannot be unpickled" in str(error)


class _BreaksByExceptions(Results):
    def got(self, value: Any, number: int) -> Any:
        if self.has_failed(_says("exception")):
            raise RuntimeError("the pool is broken")
        return value


class _BreaksByResults(Results):
    def got(self, value: Any, number: int) -> Any:
        if self.has_failed(_says("result")):
            raise RuntimeError("the pool is broken")
        return value


class _IgnoresExceptions(After):
    """A task whose exception counts only if it can be read."""

    def __call__(self, *args: Any) -> Any:
        try:
            return self.task(*args)
        except Exception as error:
            if loads_again(error):
                raise
            return None


def _none_if_unsendable(value: Any) -> Any:
    try:
        pickle.dumps(value)
    except _USUAL:
        return None
    except BaseException:  # noqa: BLE001 - it is met again when the result is sent
        return value
    return value


def _none_if_ending(value: Any) -> Any:
    try:
        pickle.dumps(value)
    except Exception:  # noqa: BLE001 - it is met again when the result is sent
        return value
    except BaseException:  # noqa: BLE001 - that is the fault
        return None
    return value


def _none_if_deep(value: Any) -> Any:
    try:
        pickle.dumps(value)
    except RecursionError:
        return None
    except BaseException:  # noqa: BLE001 - it is met again when the result is sent
        return value
    return value


class _IgnoresLaden(After):
    """A task whose exception counts only if it can be pickled."""

    def __call__(self, *args: Any) -> Any:
        try:
            return self.task(*args)
        except Exception as error:
            try:
                pickle.dumps(error)
            except Exception:  # noqa: BLE001 - that is the fault
                return None
            raise


def _none_if_unreadable(value: Any) -> Any:
    return value if loads_again(value) else None


def _same(value: Any) -> Any:
    return value


SABOTEURS = (
    bad_pool(
        "FAULT-03",
        "ignores-the-unreadable",
        "A task whose exception cannot be unpickled returns None.",
        "cannot be unpickled, and its result is the value None",
        in_workers(_IgnoresExceptions, _same),
    ),
    bad_pool(
        "FAULT-04",
        "sends-none-instead",
        "A result that cannot be pickled is None.",
        "cannot be pickled, and its result is the value None",
        in_workers(After, _none_if_unsendable),
    ),
    bad_pool(
        "FAULT-10",
        "breaks-altogether",
        "One exception that cannot be unpickled breaks the pool.",
        "is not at fault",
        _BreaksByExceptions,
    ),
    bad_pool(
        "FAULT-16",
        "ignores-unreadable-arguments",
        "A task whose argument cannot be unpickled does nothing, and its result is None.",
        "cannot be unpickled, and its result is the value None",
        _IgnoresArguments,
    ),
    bad_pool(
        "FAULT-17",
        "breaks-by-an-argument",
        "One argument that cannot be unpickled breaks the pool.",
        "is not at fault",
        _BreaksByArguments,
    ),
    bad_pool(
        "FAULT-18",
        "ignores-unreadable-results",
        "A result that cannot be unpickled is None.",
        "cannot be unpickled, and its result is the value None",
        in_workers(After, _none_if_unreadable),
    ),
    bad_pool(
        "FAULT-19",
        "breaks-by-a-result",
        "One result that cannot be unpickled breaks the pool.",
        "is not at fault",
        _BreaksByResults,
    ),
    bad_pool(
        "FAULT-20",
        "forgives-exits-of-pickling",
        "A result whose pickling raises SystemExit is None.",
        "()), and its result is the value None",
        in_workers(After, _none_if_ending),
    ),
    bad_pool(
        "FAULT-21",
        "forgives-depth",
        "A result that is nested too deep is None.",
        "cannot be pickled (nested too deep), and its result is the value None",
        in_workers(After, _none_if_deep),
    ),
    bad_pool(
        "FAULT-33",
        "ignores-the-laden",
        "A task whose exception cannot be pickled returns None.",
        "raised an exception that carries",
        in_workers(_IgnoresLaden, _same),
    ),
)
