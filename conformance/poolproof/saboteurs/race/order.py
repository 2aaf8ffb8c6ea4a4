"""Semaphores and queues whose answers no order of the calls explains."""

from __future__ import annotations

from multiprocessing.connection import wait
from typing import Any

from poolproof.saboteurs.contexts import SpoiledContext, bad_context


class Semaphore:
    """An honest semaphore; picklable, so no __getattr__."""

    def __init__(self, honest: Any) -> None:
        self.honest = honest

    def acquire(self, block: bool = True, timeout: float | None = None) -> bool:
        return bool(self.honest.acquire(block, timeout))

    def release(self) -> None:
        self.honest.release()

    def __enter__(self) -> Any:
        return self.honest.__enter__()

    def __exit__(self, *error: object) -> None:
        self.honest.__exit__(*error)


class _GivesUpEarly(Semaphore):
    """Every third acquire(False) of a process says no at once."""

    _number = 0

    def acquire(self, block: bool = True, timeout: float | None = None) -> bool:
        if not block:
            self._number += 1
            if self._number % 3 == 0:
                return False
        return super().acquire(block, timeout)


class _ImpatientSemaphores(SpoiledContext):
    def Semaphore(self, value: int = 1) -> Any:
        return _GivesUpEarly(self.honest.Semaphore(value))

    def BoundedSemaphore(self, value: int = 1) -> Any:
        return _GivesUpEarly(self.honest.BoundedSemaphore(value))


class _QueueAProducer:
    """A pipe for odd producers and one for even ones: each keeps its order, both together none."""

    def __init__(self, honest: Any) -> None:
        self._pipes = [honest.SimpleQueue() for _ in range(2)]
        self._turn = honest.Lock()

    def put(self, item: Any) -> None:
        self._pipes[item[0] % 2 if item is not None else 0].put(item)

    def get(self) -> Any:
        with self._turn:
            readers = {pipe._reader: pipe for pipe in self._pipes}
            ready = wait(list(readers))
            odd = self._pipes[1]
            return (odd if odd._reader in ready else readers[ready[0]]).get()

    def close(self) -> None:
        for pipe in self._pipes:
            pipe.close()


class _SplitQueues(SpoiledContext):
    def SimpleQueue(self) -> Any:
        return _QueueAProducer(self.honest)


SABOTEURS = (
    bad_context(
        "RACE-09",
        "gives-up-on-a-free-place",
        "Every third acquire(False) of a process is refused, whether there is a place or not.",
        "no order explains it",
        _ImpatientSemaphores,
    ),
    bad_context(
        "RACE-10",
        "keeps-a-pipe-a-producer",
        "A SimpleQueue has a pipe for every other producer, and prefers one of the two.",
        "was ahead of",
        _SplitQueues,
    ),
)
