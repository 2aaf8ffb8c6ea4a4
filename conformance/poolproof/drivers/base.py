"""The operations that rules use, whatever the pool under test calls them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from multiprocessing.context import BaseContext
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class OpenOptions:
    """What a rule asks of a new pool. `None` is "do not mention it"."""

    workers: int
    start_method: str
    initializer: Callable[..., object] | None = None
    initargs: tuple[Any, ...] = ()
    max_tasks: int | None = None  # tasks a worker runs before it is replaced

    def with_workers(self, workers: int) -> OpenOptions:
        """The same request for another number of workers."""
        return replace(self, workers=workers)


class Pending(Protocol):
    """A submitted task."""

    def get(self, timeout: float | None = None) -> Any:
        """Its value, or its exception raised; builtin TimeoutError after `timeout` seconds."""

    def done(self) -> bool:
        """Has it settled?"""


class Pool(Protocol):
    """An open pool under test, in the words of the rules.

    Calls block for as long as the pool blocks: the supervisor of the stage owns the deadline, so
    that a hang is seen where it happens.
    """

    @property
    def kind(self) -> str:
        """ "pool" or "executor"."""

    @property
    def raw(self) -> Any:
        """The object under test itself."""

    def submit(
        self,
        fn: Callable[..., Any],
        *args: Any,
        kwargs: Mapping[str, Any] | None = None,
        callback: Callable[[Any], object] | None = None,
        error_callback: Callable[[BaseException], object] | None = None,
    ) -> Pending:
        """Ask for `fn(*args, **kwargs)`; callbacks need the capability of that name."""

    def map(
        self, fn: Callable[[Any], Any], items: Iterable[Any], chunksize: int | None = None
    ) -> list[Any]:
        """All results, in order."""

    def map_async(
        self,
        fn: Callable[[Any], Any],
        items: Iterable[Any],
        chunksize: int | None = None,
        callback: Callable[[Any], object] | None = None,
        error_callback: Callable[[BaseException], object] | None = None,
    ) -> Pending:
        """Ask for `map`, whose list, or error, goes to one callback."""

    def starmap(self, fn: Callable[..., Any], rows: Iterable[tuple[Any, ...]]) -> list[Any]:
        """All results of `fn(*row)`, in order."""

    def imap(self, fn: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
        """Results in order, as an iterator."""

    def imap_unordered(self, fn: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
        """Results in any order, as an iterator."""

    def close(self) -> None:
        """Take no more tasks, finish those at hand, and wait for the workers to end."""

    def terminate(self) -> None:
        """End the workers now, and wait for them."""


@dataclass(frozen=True)
class Subject:
    """A pool under test: how to open one, and what it declares of itself.

    Attributes:
        name: as the report shows it.
        open: opens the raw pool (anything like `multiprocessing.Pool` or an Executor).
        start_methods: what `open` takes on this system; the first is the default.
        version: of the library.
        context: gives the context of a start method; None where the pool offers none.
        declares: capabilities that cannot be seen from the object's methods.
        denies: capabilities that the methods suggest and the library does not mean.
        lacks: start method -> capabilities that are missing under it alone.
        support_pids: processes that belong to a start method and not to a pool (a forkserver, its
            spares, a resource tracker), asked for in the stage; leak rules leave them out.
    """

    name: str
    open: Callable[[OpenOptions], Any]
    start_methods: tuple[str, ...]
    version: str = ""
    context: Callable[[str], BaseContext] | None = None
    declares: frozenset[str] = frozenset()
    denies: frozenset[str] = frozenset()
    lacks: Mapping[str, frozenset[str]] = field(default_factory=dict)
    support_pids: Callable[[], frozenset[int]] = frozenset
