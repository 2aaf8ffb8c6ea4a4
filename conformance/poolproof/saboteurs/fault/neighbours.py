"""Wrong pools that, when a worker dies, do too much or wait for too much."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from poolproof_reports.results import Outcome

from poolproof.drivers.base import OpenOptions
from poolproof.saboteurs.fault.base import Results, has_died
from poolproof.saboteurs.honest import bad_pool, open_honest


class _StartsOver(Results):
    """After a death, all that was done is done again, once."""

    def __init__(self, options: OpenOptions) -> None:
        super().__init__(options)
        self.calls: list[tuple[Any, ...]] = []

    def apply_async(self, func: Callable[..., Any], args: Any = (), **options: Any) -> Any:
        self.calls.append((func, args))
        return super().apply_async(func, args, **options)

    def got(self, value: Any, number: int) -> Any:
        if self.has_failed(has_died):
            done = zip(self.calls, self.results, strict=True)
            again = [call for call, result in done if result.ready() and result.successful()]
            self.calls, self.results = [], []
            for call in again:
                self.honest.apply_async(*call).wait()
        return value


class _Breeds(Results):
    """For each worker that died, a whole crew is started."""

    def __init__(self, options: OpenOptions) -> None:
        super().__init__(options)
        self.options = options
        self.crews: list[Any] = []

    def got(self, value: Any, number: int) -> Any:
        while len(self.crews) < self.has_failed(has_died):
            crew = open_honest(self.options)
            self.crews.append(crew)
            crew.apply(os.getpid)
        return value

    def close(self) -> None:
        self._dismiss()
        self.honest.close()

    def terminate(self) -> None:
        self._dismiss()
        self.honest.terminate()

    def _dismiss(self) -> None:
        for crew in self.crews:
            crew.terminate()


class _WaitsForHeirs(Results):
    """The death of a worker is reported when nobody has a descriptor of its task open."""

    def __init__(self, options: OpenOptions) -> None:
        super().__init__(options)
        self.folder = tempfile.TemporaryDirectory()

    def apply_async(self, func: Callable[..., Any], args: Any = (), **options: Any) -> Any:
        path = Path(self.folder.name, str(len(self.results)))
        return super().apply_async(_Locked(str(path), func), args, **options)

    def failed(self, error: Exception, number: int) -> Any:
        if has_died(error):
            with _locked(str(Path(self.folder.name, str(number))), alone=True):
                raise error
        raise error

    def terminate(self) -> None:
        self.honest.terminate()
        self.folder.cleanup()


@dataclass(frozen=True, slots=True)
class _Locked:
    """A task that holds a lock, which children that it forks hold with it."""

    path: str
    task: Callable[..., Any]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        with _locked(self.path, alone=False):
            return self.task(*args, **kwargs)


@contextmanager
def _locked(path: str, alone: bool) -> Iterator[None]:
    if sys.platform == "win32":  # nobody forks
        yield
        return
    import fcntl

    descriptor = os.open(path, os.O_RDWR | os.O_CREAT)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        yield
    finally:
        os.close(descriptor)


SABOTEURS = (
    bad_pool(
        "FAULT-30",
        "starts-over",
        "When a worker has died, all tasks that were done are done again.",
        "ran 2 times; expected once",
        _StartsOver,
    ),
    bad_pool(
        "FAULT-31",
        "breeds",
        "For each worker that dies, as many are started as the pool has.",
        "workers were killed one after the other the pool of",
        _Breeds,
    ),
    bad_pool(
        "FAULT-34",
        "waits-for-heirs",
        "The death of a worker is noticed when its descriptors are closed, also by its children.",
        "still open: get",
        _WaitsForHeirs,
        Outcome.TIMEOUT,
    ),
)
