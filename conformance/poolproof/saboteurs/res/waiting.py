"""Wrong pools for RES: results that end waits wrongly."""

from __future__ import annotations

from multiprocessing import TimeoutError
from typing import Any

from poolproof.saboteurs.honest import SpoiledResult, bad_pool
from poolproof.saboteurs.res.making import with_results


class _ReturnsNoneInTime(SpoiledResult):
    def get(self, timeout: float | None = None) -> Any:
        try:
            return self.honest.get(timeout)
        except TimeoutError:
            if timeout is None:  # the task's own
                raise
            return None


class _RemembersTimeouts(SpoiledResult):
    expired: TimeoutError | None = None

    def get(self, timeout: float | None = None) -> Any:
        if self.expired:
            raise self.expired
        try:
            return self.honest.get(timeout)
        except TimeoutError as error:
            self.expired = error if timeout is not None else None
            raise


class _GivesOnce(SpoiledResult):
    given = False

    def get(self, timeout: float | None = None) -> Any:
        value = self.honest.get(timeout)
        value, self.given = None if self.given else value, True
        return value


class _DoneAtOnce(SpoiledResult):
    def ready(self) -> bool:
        return True


class _NeverDone(SpoiledResult):
    def ready(self) -> bool:
        return False


SABOTEURS = (
    bad_pool(
        "RES-13",
        "returns-none-in-time",
        "get(timeout) of an unfinished task returns None.",
        "which had not finished, returned null",
        with_results(_ReturnsNoneInTime),
    ),
    bad_pool(
        "RES-13",
        "remembers-timeouts",
        "After get(timeout) has given up, get() raises TimeoutError for ever.",
        "get 0 raised",
        with_results(_RemembersTimeouts),
    ),
    bad_pool(
        "RES-13",
        "gives-once",
        "A result can be read once; get() returns None afterwards.",
        "get again 0: came null",
        with_results(_GivesOnce),
    ),
    bad_pool(
        "RES-25",
        "done-at-once",
        "done() is True from the beginning.",
        "while the task was still held up",
        with_results(_DoneAtOnce),
    ),
    bad_pool(
        "RES-25",
        "never-done",
        "done() is never True.",
        "after its get() had come back",
        with_results(_NeverDone),
    ),
)
