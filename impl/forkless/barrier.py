"""Barrier: that of multiprocessing, without anybody who waits for the dead.

There, whoever comes next waits until all of the round before have left, also those who were killed
on their way out, and with a timeout as well. Here rounds are numbered, and of each of the last ones
it is known how it ended, so that they need not be kept apart.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from enum import IntEnum
from multiprocessing import context, synchronize
from threading import BrokenBarrierError
from typing import Any

from .arena.shared import SharedBytes
from .conditions import Condition, left

_REMEMBERED = 61  # rounds


class _Word(IntEnum):
    """What stands where in the shared memory.

    A round is over once `ROUND` says so: who dies before it has spoilt no other round.
    """

    COUNT = 0  # who have come in this round
    ROUND = 1
    BROKEN = 2
    TORN = 3  # and those behind it, in turn: whether a round was broken off


class Barrier(synchronize.Barrier):
    """`multiprocessing.Barrier`. Who has come counts, also if it dies while it waits."""

    def __init__(
        self,
        parties: int,
        action: Callable[[], object] | None = None,
        timeout: float | None = None,
    ) -> None:
        memory = SharedBytes((_Word.TORN + _REMEMBERED) * 8)
        self.__setstate__((parties, action, timeout, Condition(), memory))

    def __getstate__(self) -> tuple[Any, ...]:
        context.assert_spawning(self)
        return self._parties, self._action, self._timeout, self._cond, self._memory

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self._parties, self._action, self._timeout, self._cond, self._memory = state
        self._words: memoryview[int] = self._memory.content().cast("q")

    @property
    def n_waiting(self) -> int:
        """How many have come in this round."""
        return self._words[_Word.COUNT]

    @property
    def broken(self) -> bool:
        return bool(self._words[_Word.BROKEN])

    def wait(self, timeout: float | None = None) -> int:
        """The caller's number in its round, from 0, when all have come.

        BrokenBarrierError if the barrier is broken, or is while this waits, as by its timeout
        (seconds; without one, that of the barrier).
        """
        timeout = self._timeout if timeout is None else timeout
        end = None if timeout is None else time.monotonic() + timeout
        if not self._cond.acquire(timeout=timeout):
            raise BrokenBarrierError
        try:
            return self._wait(end)
        finally:
            self._cond.release()

    def _wait(self, end: float | None) -> int:
        words = self._words
        if words[_Word.BROKEN]:
            raise BrokenBarrierError
        number, this = words[_Word.COUNT], words[_Word.ROUND]
        words[_Word.COUNT] += 1
        if number + 1 == self._parties:
            self._pass()
        elif not self._sleep(this, end):
            self._break()
        if self._was_torn(this):
            raise BrokenBarrierError
        return number

    def _sleep(self, this: int, end: float | None) -> bool:
        """Whether this round has ended in time. Who is interrupted, as by Ctrl-C, has not come."""
        try:
            over = self._cond.wait_for(lambda: self._words[_Word.ROUND] != this, left(end))
            return bool(over)
        except BaseException:
            if self._words[_Word.ROUND] == this:
                self._words[_Word.COUNT] -= 1
            raise

    def _pass(self) -> None:
        try:
            if self._action is not None:
                self._action()
        except BaseException:
            self._break()
            raise
        self._end_round(torn=False)

    def reset(self) -> None:
        """Begin anew; who waits gets BrokenBarrierError."""
        with self._cond:
            if self._words[_Word.COUNT]:
                self._end_round(torn=True)
            self._words[_Word.BROKEN] = False

    def abort(self) -> None:
        """Break it: who waits, and who comes until `reset`, gets BrokenBarrierError."""
        with self._cond:
            self._break()

    def _break(self) -> None:
        self._words[_Word.BROKEN] = True
        self._end_round(torn=True)

    def _end_round(self, torn: bool) -> None:
        words = self._words
        words[_torn(words[_Word.ROUND])] = torn
        words[_Word.COUNT] = 0
        words[_Word.ROUND] += 1
        self._cond.notify_all()

    def _was_torn(self, number: int) -> bool:
        """Whether that round was broken off; of one that nobody remembers, it was."""
        since = self._words[_Word.ROUND] - number
        return since >= _REMEMBERED or bool(self._words[_torn(number)])


def _torn(number: int) -> int:
    """Where it stands whether that round was broken off."""
    return _Word.TORN + number % _REMEMBERED
