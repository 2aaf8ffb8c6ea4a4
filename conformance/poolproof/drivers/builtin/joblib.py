"""joblib.Parallel on its loky backend.

joblib has no pool to hold: each call of `Parallel` is a batch of its own, on workers that it keeps
for the next call. What a pool does with batches is said by one call each; a single task is a batch
of one, in a thread of its own.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future
from importlib import import_module, metadata
from typing import Any

from poolproof.drivers import capabilities as can
from poolproof.drivers.base import OpenOptions, Subject
from poolproof.drivers.builtin import native

LEAST = 2  # with one job, joblib documents, all runs in the caller's process


class Pool:
    """joblib in the words of `multiprocessing.Pool`."""

    def __init__(self, o: OpenOptions) -> None:
        self._joblib = import_module("joblib")
        self._jobs = max(LEAST, o.workers)
        self._closed = False
        self._running: set[threading.Thread] = set()

    def apply_async(
        self,
        fn: Callable[..., Any],
        args: tuple[Any, ...] = (),
        kwds: Mapping[str, Any] | None = None,
    ) -> Submission:
        """A call of `Parallel` with one item, in a thread of its own."""
        self._refuse_if_closed()
        submission = Submission()
        task = self._joblib.delayed(fn)(*args, **(kwds or {}))
        thread = threading.Thread(target=self._apply, args=(task, submission), daemon=True)
        self._running.add(thread)
        thread.start()
        return submission

    def map(
        self, fn: Callable[[Any], Any], items: Iterable[Any], chunksize: int | None = None
    ) -> list[Any]:
        """One call of `Parallel`; chunks are its batches."""
        size = "auto" if chunksize is None else chunksize
        return list(self._call(fn, ((item,) for item in items), batch_size=size))

    def starmap(self, fn: Callable[..., Any], rows: Iterable[tuple[Any, ...]]) -> list[Any]:
        """One call of `Parallel`."""
        return list(self._call(fn, rows))

    def imap(self, fn: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
        """One call of `Parallel`, as a generator."""
        return iter(self._call(fn, ((item,) for item in items), return_as="generator"))

    def imap_unordered(self, fn: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
        """One call of `Parallel`, as a generator."""
        return iter(self._call(fn, ((item,) for item in items), return_as="generator_unordered"))

    def close(self) -> None:
        """Take no more calls."""
        self._closed = True

    def join(self) -> None:
        """Wait for the calls at hand, and end joblib's workers."""
        for thread in tuple(self._running):
            thread.join()
        self._workers().shutdown(wait=True)

    def terminate(self) -> None:
        """Kill joblib's workers; a call that was about to submit starts new ones."""
        self._closed = True
        self._workers().shutdown(wait=True, kill_workers=True)

    def _apply(self, task: Any, submission: Submission) -> None:
        try:
            (value,) = self._joblib.Parallel(self._jobs, backend="loky")([task])
        except BaseException as error:  # noqa: BLE001 - SystemExit of a task is for get() to raise
            submission.future.set_exception(error)
        else:
            submission.future.set_result(value)
        finally:
            self._running.discard(threading.current_thread())

    def _call(
        self, fn: Callable[..., Any], rows: Iterable[tuple[Any, ...]], **options: Any
    ) -> Iterable[Any]:
        self._refuse_if_closed()
        tasks = (self._joblib.delayed(fn)(*row) for row in rows)
        found: Iterable[Any] = self._joblib.Parallel(self._jobs, backend="loky", **options)(tasks)
        return found

    def _refuse_if_closed(self) -> None:
        if self._closed:
            raise ValueError("this pool is closed")

    def _workers(self) -> Any:
        loky = import_module("joblib.externals.loky")
        return loky.get_reusable_executor(max_workers=self._jobs, reuse=True)


class Submission:
    """A single task, in the words of an AsyncResult."""

    def __init__(self) -> None:
        self.future: Future[Any] = Future()

    def get(self, timeout: float | None = None) -> Any:
        """The value."""
        return self.future.result(timeout)

    def ready(self) -> bool:
        """Has it settled?"""
        return self.future.done()


def subject() -> Subject:
    """joblib.Parallel(n_jobs, backend="loky")."""
    import_module("joblib")
    return Subject(
        name="joblib",
        version=metadata.version("joblib"),
        open=Pool,
        start_methods=("loky",),
        declares=frozenset({can.PROCESSES}),
        # The methods are the adapter's: joblib promises nothing of the kind.
        denies=frozenset({can.CALLBACKS, can.TERMINATE}),
        support_pids=_support,
    )


def _support() -> frozenset[int]:
    tracker = import_module("joblib.externals.loky.backend.resource_tracker")._resource_tracker
    return native.support() | frozenset({tracker._pid} - {None})
