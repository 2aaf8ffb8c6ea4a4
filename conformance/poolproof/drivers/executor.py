"""The generic driver for executors like `concurrent.futures.Executor`."""

from __future__ import annotations

import concurrent.futures
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from poolproof.drivers import capabilities as can


@dataclass(frozen=True, slots=True)
class FuturePending:
    """A task behind a Future."""

    raw: Any

    def get(self, timeout: float | None = None) -> Any:
        """See `Pending.get`; before 3.11 the futures' TimeoutError is not the builtin one."""
        try:
            return self.raw.result(timeout)
        except concurrent.futures.TimeoutError as error:
            if timeout is None or self.raw.done():  # the task's own
                raise
            raise TimeoutError(f"no result within {timeout} s") from error

    def done(self) -> bool:
        """Has it settled?"""
        return bool(self.raw.done())


@dataclass(frozen=True, slots=True)
class ExecutorDriver:
    """Speaks to anything with submit and shutdown."""

    raw: Any
    kind: str = "executor"

    def submit(
        self,
        fn: Callable[..., Any],
        *args: Any,
        kwargs: Mapping[str, Any] | None = None,
        callback: Callable[[Any], object] | None = None,
        error_callback: Callable[[BaseException], object] | None = None,
    ) -> FuturePending:
        """`submit`, callbacks by `add_done_callback`."""
        future = self.raw.submit(fn, *args, **(kwargs or {}))
        if callback is not None or error_callback is not None:
            future.add_done_callback(lambda done: _call_back(done, callback, error_callback))
        return FuturePending(future)

    def map(
        self, fn: Callable[[Any], Any], items: Iterable[Any], chunksize: int | None = None
    ) -> list[Any]:
        """`map`."""
        options = {} if chunksize is None else {"chunksize": chunksize}
        return list(self.raw.map(fn, items, **options))

    def map_async(
        self,
        fn: Callable[[Any], Any],
        items: Iterable[Any],
        chunksize: int | None = None,
        callback: Callable[[Any], object] | None = None,
        error_callback: Callable[[BaseException], object] | None = None,
    ) -> FuturePending:
        """Executors have none: `Rule.needs` keeps rules away from it."""
        raise _missing("map_async")

    def starmap(self, fn: Callable[..., Any], rows: Iterable[tuple[Any, ...]]) -> list[Any]:
        """Executors have none."""
        raise _missing("starmap")

    def imap(self, fn: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
        """Executors have none."""
        raise _missing("imap")

    def imap_unordered(self, fn: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
        """Executors have none."""
        raise _missing("imap_unordered")

    def close(self) -> None:
        """`shutdown(wait=True)`."""
        self.raw.shutdown(wait=True)

    def terminate(self) -> None:
        """The nearest that every executor has: wait for what runs."""
        self.raw.shutdown(wait=True)


def detect(raw: Any) -> frozenset[str]:
    """The capabilities that the object's methods show."""
    return frozenset({can.CALLBACKS} if hasattr(raw, "submit") else ())


def _call_back(
    future: Any,
    callback: Callable[[Any], object] | None,
    error_callback: Callable[[BaseException], object] | None,
) -> None:
    error = future.exception()
    if error is None and callback is not None:
        callback(future.result())
    elif error is not None and error_callback is not None:
        error_callback(error)


def _missing(name: str) -> AttributeError:
    return AttributeError(f"an executor has no {name}(); declare `needs` in the rule")
