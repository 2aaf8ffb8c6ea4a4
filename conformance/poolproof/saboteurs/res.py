"""Wrong pools for RES: results that are not those of a plain loop."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from poolproof.drivers.base import OpenOptions
from poolproof.saboteurs.honest import After, Spoiled, SpoiledResult, disguised, in_workers
from poolproof.saboteurs.record import Saboteur

Task = Callable[..., Any]


def _listed(result: Any) -> Any:
    return list(result) if type(result) is tuple else result


class _DropsLast(Spoiled):
    def map(self, func: Task, items: Iterable[Any], chunksize: int | None = None) -> Any:
        return self.honest.map(func, items, chunksize)[:-1]


class _SwapsTwo(Spoiled):
    def map(self, func: Task, items: Iterable[Any], chunksize: int | None = None) -> Any:
        return _swapped(self.honest.map(func, items, chunksize))


class _LosesShortChunk(Spoiled):
    def map(self, func: Task, items: Iterable[Any], chunksize: int | None = None) -> Any:
        results = self.honest.map(func, items, chunksize)
        return results[: len(results) - len(results) % (chunksize or 1)]


class _PassesRowsWhole(Spoiled):
    def starmap(self, func: Task, rows: Iterable[Any], chunksize: int | None = None) -> Any:
        return self.honest.map(func, rows, chunksize)


class _ImapSwapsTwo(Spoiled):
    def imap(self, func: Task, items: Iterable[Any], chunksize: int = 1) -> Iterator[Any]:
        yield from _swapped(list(self.honest.imap(func, items, chunksize)))


class _YieldsOneTwice(Spoiled):
    def imap_unordered(self, func: Task, items: Iterable[Any], chunksize: int = 1) -> Any:
        results = list(self.honest.imap_unordered(func, items, chunksize))
        yield from results[:1] + results[:-1]


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


class _RaisesText(SpoiledResult):
    def get(self, timeout: float | None = None) -> Any:
        try:
            return self.honest.get(timeout)
        except Exception as error:  # noqa: BLE001 - this is the fault
            raise RuntimeError(str(error)) from error.__cause__


class _RaisesTypeAlone(SpoiledResult):
    def get(self, timeout: float | None = None) -> Any:
        try:
            return self.honest.get(timeout)
        except Exception as error:
            error.args = error.args[:1]
            raise


class _RaisesBare(SpoiledResult):
    def get(self, timeout: float | None = None) -> Any:
        try:
            return self.honest.get(timeout)
        except Exception as error:  # noqa: BLE001 - raised again below, without its chain
            bare = error
        bare.__cause__ = None
        vars(bare).pop("__notes__", None)
        raise bare from None


class _RaisesReturned(SpoiledResult):
    def get(self, timeout: float | None = None) -> Any:
        value = self.honest.get(timeout)
        if isinstance(value, BaseException):
            raise value
        return value


class _MapHidesInput(Spoiled):
    def map(self, func: Task, items: Iterable[Any], chunksize: int | None = None) -> Any:
        return self.honest.map(func, _until_error(items), chunksize)


class _ImapHidesInput(Spoiled):
    def imap(self, func: Task, items: Iterable[Any], chunksize: int = 1) -> Any:
        return self.honest.imap(func, _until_error(items), chunksize)


class _StopsQuietly(Spoiled):
    def map(self, func: Task, items: Iterable[Any], chunksize: int | None = None) -> Any:
        pending = [self.honest.apply_async(func, (item,)) for item in items]
        return list(filter(lambda result: result is not _STOPPED, map(_got, pending)))


_STOPPED = object()


def _got(pending: Any) -> Any:
    try:
        return pending.get()
    except StopIteration:
        return _STOPPED


def _swapped(results: list[Any]) -> list[Any]:
    return [*results[1::-1], *results[2:]]


def _twice(hook: Task) -> Task:
    return lambda value: (hook(value), hook(value))


def _wrapping(hook: Task) -> Task:
    return lambda error: hook(RuntimeError(str(error)))


def _until_error(items: Iterable[Any]) -> Iterator[Any]:
    try:
        yield from items
    except Exception:  # noqa: BLE001 - this is the fault
        return


def _results(spoiled: type[SpoiledResult]) -> Callable[[OpenOptions], Any]:
    class Pool(Spoiled):
        def apply_async(self, *args: Any, **options: Any) -> Any:
            return spoiled(self.honest.apply_async(*args, **options))

    return Pool


def _saboteur(
    rule: str, name: str, fault: str, says: str, opener: Callable[[OpenOptions], Any]
) -> Saboteur:
    return Saboteur(name=name, fault=fault, rule=rule, says=says, subject=disguised(name, opener))


SABOTEURS = (
    _saboteur(
        "RES-01",
        "lists-for-tuples",
        "A tuple comes back as a list.",
        "expected",
        in_workers(After, _listed),
    ),
    _saboteur(
        "RES-02",
        "drops-the-last-result",
        "map loses its last result.",
        "items returned",
        _DropsLast,
    ),
    _saboteur(
        "RES-02",
        "swaps-two-results",
        "map returns the first two results in the wrong order.",
        "map: result 0 is",
        _SwapsTwo,
    ),
    _saboteur(
        "RES-02",
        "loses-the-short-chunk",
        "map loses the last chunk when it is not a full one.",
        "items returned",
        _LosesShortChunk,
    ),
    _saboteur(
        "RES-03",
        "passes-rows-whole",
        "starmap calls its function with the row as one argument.",
        "starmap: result 0 is",
        _PassesRowsWhole,
    ),
    _saboteur(
        "RES-04",
        "imap-swaps-two",
        "imap yields the first two results in the wrong order.",
        "imap: result 0 is",
        _ImapSwapsTwo,
    ),
    _saboteur(
        "RES-05",
        "yields-one-twice",
        "imap_unordered yields its first result twice and its last one never.",
        "came too often or unasked",
        _YieldsOneTwice,
    ),
    _saboteur(
        "RES-06",
        "calls-callbacks-twice",
        "Each callback is called twice.",
        "were called 2 times",
        _CallsTwice,
    ),
    _saboteur(
        "RES-06",
        "wraps-errors-for-callbacks",
        "The callback for errors gets a RuntimeError with the message of the exception.",
        "RuntimeError",
        _WrapsForCallback,
    ),
    _saboteur(
        "RES-07",
        "raises-text",
        "get() raises a RuntimeError with the message of the task's exception.",
        "raised builtins.RuntimeError",
        _results(_RaisesText),
    ),
    _saboteur(
        "RES-07",
        "keeps-one-argument",
        "Exceptions arrive with the first of their arguments alone.",
        "its task raised",
        _results(_RaisesTypeAlone),
    ),
    _saboteur(
        "RES-08",
        "raises-bare",
        "Exceptions arrive without the traceback of the worker.",
        "does not tell where",
        _results(_RaisesBare),
    ),
    _saboteur(
        "RES-09",
        "raises-returned-exceptions",
        "get() raises an exception that the task returned.",
        "raised",
        _results(_RaisesReturned),
    ),
    _saboteur(
        "RES-10",
        "map-hides-the-error-of-its-input",
        "map takes an error of its input for its end.",
        "hid the error",
        _MapHidesInput,
    ),
    _saboteur(
        "RES-11",
        "map-skips-stopped-tasks",
        "map leaves out results of tasks that raise StopIteration.",
        "results were lost without an error",
        _StopsQuietly,
    ),
    _saboteur(
        "RES-12",
        "imap-hides-the-error-of-its-input",
        "imap takes an error of its input for its end.",
        "hid the error",
        _ImapHidesInput,
    ),
)
