"""The generic driver for pools like `multiprocessing.Pool`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from poolproof.drivers import capabilities as can


@dataclass(frozen=True, slots=True)
class AsyncPending:
    """A task behind an AsyncResult."""

    raw: Any

    def get(self, timeout: float | None = None) -> Any:
        """See `Pending.get`; multiprocessing and its copies have a TimeoutError of their own."""
        try:
            return self.raw.get(timeout)
        except Exception as error:
            late = type(error).__name__ == "TimeoutError" and not isinstance(error, TimeoutError)
            if timeout is None or not late:  # the task's own
                raise
            raise TimeoutError(f"no result within {timeout} s") from error

    def done(self) -> bool:
        """Has it settled?"""
        return bool(self.raw.ready())


@dataclass(frozen=True, slots=True)
class PoolDriver:
    """Speaks to anything with apply_async and map."""

    raw: Any
    kind: str = "pool"

    def submit(
        self,
        fn: Callable[..., Any],
        *args: Any,
        kwargs: Mapping[str, Any] | None = None,
        callback: Callable[[Any], object] | None = None,
        error_callback: Callable[[BaseException], object] | None = None,
    ) -> AsyncPending:
        """`apply_async`."""
        more = _given(kwds=kwargs, callback=callback, error_callback=error_callback)
        return AsyncPending(self.raw.apply_async(fn, args, **more))

    def map(
        self, fn: Callable[[Any], Any], items: Iterable[Any], chunksize: int | None = None
    ) -> list[Any]:
        """`map`."""
        return list(self.raw.map(fn, items, **_given(chunksize=chunksize)))

    def map_async(
        self,
        fn: Callable[[Any], Any],
        items: Iterable[Any],
        chunksize: int | None = None,
        callback: Callable[[Any], object] | None = None,
        error_callback: Callable[[BaseException], object] | None = None,
    ) -> AsyncPending:
        """`map_async`."""
        more = _given(chunksize=chunksize, callback=callback, error_callback=error_callback)
        return AsyncPending(self.raw.map_async(fn, items, **more))

    def starmap(self, fn: Callable[..., Any], rows: Iterable[tuple[Any, ...]]) -> list[Any]:
        """`starmap`."""
        return list(self.raw.starmap(fn, rows))

    def imap(self, fn: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
        """`imap`."""
        return iter(self.raw.imap(fn, items))

    def imap_unordered(self, fn: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
        """`imap_unordered`."""
        return iter(self.raw.imap_unordered(fn, items))

    def close(self) -> None:
        """`close`, then `join`."""
        self.raw.close()
        self.raw.join()

    def terminate(self) -> None:
        """`terminate`, then `join`."""
        self.raw.terminate()
        self.raw.join()


def detect(raw: Any) -> frozenset[str]:
    """The capabilities that the object's methods show."""
    named = (can.STARMAP, can.MAP_ASYNC, can.IMAP, can.IMAP_UNORDERED, can.TERMINATE)
    return frozenset({can.CALLBACKS, *(name for name in named if hasattr(raw, name))})


def _given(**options: Any) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}
