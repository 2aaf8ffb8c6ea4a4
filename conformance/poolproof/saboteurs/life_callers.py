"""Wrong pools that are particular about who calls them, and when."""

from __future__ import annotations

import threading
from typing import Any, ClassVar

from poolproof.drivers.base import OpenOptions
from poolproof.saboteurs.honest import bad_pool
from poolproof.saboteurs.life_common import Manager


class _ClosesOnce(Manager):
    closed = False

    def close(self) -> None:
        if self.closed:
            raise ValueError("Pool not running")
        self.closed = True
        self.honest.close()


class _JoinsAtOnce(Manager):
    ended = False

    def close(self) -> None:
        self.ended = True
        self.honest.close()

    def terminate(self) -> None:
        self.ended = True
        self.honest.terminate()

    def join(self) -> None:
        if self.ended:
            self.honest.join()


class _BoundToThread(Manager):
    """As an object of sqlite3 is."""

    def __init__(self, options: OpenOptions) -> None:
        super().__init__(options)
        self.thread = threading.get_ident()

    def apply_async(self, *args: Any, **options: Any) -> Any:
        self._check()
        return self.honest.apply_async(*args, **options)

    def map(self, *args: Any, **options: Any) -> Any:
        self._check()
        return self.honest.map(*args, **options)

    def _check(self) -> None:
        if threading.get_ident() != self.thread:
            raise RuntimeError("this pool belongs to another thread")


class _EndsNeighbours(Manager):
    _open: ClassVar[dict[int, Any]] = {}  # by thread, other than the main one

    def __init__(self, options: OpenOptions) -> None:
        super().__init__(options)
        if threading.current_thread() is not threading.main_thread():
            self._open[threading.get_ident()] = self.honest

    def close(self) -> None:
        self._end_others()
        self.honest.close()

    def terminate(self) -> None:
        self._end_others()
        self.honest.terminate()

    def _end_others(self) -> None:
        for thread, honest in list(self._open.items()):
            del self._open[thread]
            if honest is not self.honest:
                honest.terminate()


SABOTEURS = (
    bad_pool(
        "LIFE-09",
        "closes-once",
        "A second close() raises ValueError.",
        "expected no error",
        _ClosesOnce,
    ),
    bad_pool(
        "LIFE-11",
        "joins-open-pools",
        "join() of an open pool returns and does nothing.",
        "join() of an open pool returned",
        _JoinsAtOnce,
    ),
    bad_pool(
        "LIFE-19",
        "belongs-to-its-thread",
        "Only the thread that opened the pool may use it.",
        "in another thread than it opened in raised",
        _BoundToThread,
    ),
    bad_pool(
        "LIFE-20",
        "ends-its-neighbours",
        "Ending a pool ends those that other threads have open.",
        "beside others in other threads",
        _EndsNeighbours,
    ),
)
