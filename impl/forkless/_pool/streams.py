"""Streams: what imap and imap_unordered give back, and the threads that feed them.

Guarantees
- The user's iterable is consumed on a thread of its own: one that blocks or raises harms nobody
  else, and its exception surfaces at `next()` after the results of what came before.
- It is consumed lazily: at most `ahead` tasks are unfinished at any time (with `buffersize`, at
  most that many are unfinished or not yet taken from the iterator; with the iterator, the feeding
  ends).
- A terminated pool ends every stream, also while its iterable blocks.

Assumes: `settle` is called by one thread at a time.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from multiprocessing import TimeoutError
from typing import Any

from .batch import Outcome
from .forking import forking
from .outcomes import lost, open_outcome


class Results:
    """The caller's iterator. `next(timeout=None)` as in multiprocessing."""

    def __init__(self, stream: Stream, post: Callable[[Callable[[], None]], None] | None) -> None:
        self._stream = stream
        self._post = post  # only if nobody else can make room

    def __iter__(self) -> Results:
        return self

    def __next__(self) -> Any:
        return self._stream.take(None)

    def next(self, timeout: float | None = None) -> Any:
        """The next result; multiprocessing.TimeoutError when there is none in `timeout` seconds."""
        return self._stream.take(timeout)

    def __del__(self) -> None:
        if self._post is not None:  # not here: this may run in a thread that holds the locks
            self._post(self._stream.abandon)


class Stream:
    """Results in order, one by one, between the thread that settles and the one that asks."""

    whole = False

    def __init__(self, pool: object, ahead: int, until_taken: bool) -> None:
        self._pool: object | None = pool
        self._home = forking.pid
        self._changed = threading.Condition(threading.Lock())
        self._arrived: dict[int, Any] = {}
        self._taken = 0
        self._length: int | None = None
        self._room = threading.Semaphore(ahead)
        self._until_taken = until_taken
        self._cut_off = False
        self._abandoned = False

    def take(self, timeout: float | None) -> Any:
        """The next result; multiprocessing.TimeoutError when there is none in `timeout` seconds."""
        forking.check_home(self._home)
        with self._changed:
            if not self._changed.wait_for(self._can_take, timeout):
                raise TimeoutError
            if self._length is not None and self._taken >= self._length:
                self._pool = None
                raise StopIteration
            outcome = self._take()
            self._taken += 1
        if self._until_taken:
            self._room.release()
        opened = open_outcome(outcome)
        if opened.success:
            return opened.value
        raise opened.value

    def _can_take(self) -> bool:
        return self._taken in self._arrived or self._taken == self._length

    def _take(self) -> Any:
        return self._arrived.pop(self._taken)

    def claim(self) -> bool:
        return True

    def settle(self, first: int, outcomes: list[Any], plain: bool = False) -> None:
        with self._changed:
            if not self._cut_off:
                for index, outcome in enumerate(outcomes, first):
                    self._arrive(index, outcome)
                self._changed.notify_all()
        if not self._until_taken:
            self._room.release(len(outcomes))

    def _arrive(self, index: int, outcome: Any) -> None:
        self._arrived[index] = outcome

    def wait_for_room(self) -> bool:
        """For the feeder: wait until one more task may be sent; False when none may."""
        self._room.acquire()
        return not (self._cut_off or self._abandoned)

    def abandon(self) -> None:
        """Nobody takes results any more: end the feeding."""
        self._abandoned = True
        self._room.release()

    def end(self, length: int, error: BaseException | None = None) -> None:
        """For the feeder: the iterable gave `length` items, then ended or raised `error`."""
        with self._changed:
            if not self._cut_off:
                if error is not None:
                    self._arrive(length, lost(error))
                self._length = length + (error is not None)
                self._changed.notify_all()

    def cut(self, outcome: Outcome) -> None:
        """The pool is over: what has arrived can be taken, then comes `outcome`, then the end."""
        with self._changed:
            if self._is_complete():
                return
            self._cut_off = True
            at = self._taken
            while at in self._arrived:
                at += 1
            self._arrived[at] = outcome
            self._length = at + 1
            self._changed.notify_all()
        self._room.release()

    def _is_complete(self) -> bool:
        return self._length is not None and self._taken + len(self._arrived) >= self._length


class UnorderedStream(Stream):
    """Results as they come."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._next_index = 0

    def _arrive(self, index: int, outcome: Any) -> None:
        self._arrived[self._next_index] = outcome
        self._next_index += 1


def checked_buffersize(buffersize: int | None) -> int | None:
    """TypeError or ValueError as in `concurrent.futures.Executor.map`."""
    if buffersize is not None:
        if not isinstance(buffersize, int):
            raise TypeError(f"buffersize must be an int or None, not {buffersize!r}")
        if buffersize < 1:
            raise ValueError(f"buffersize must be at least 1 or None, not {buffersize}")
    return buffersize


def feed(
    stream: Stream,
    iterable: Iterable[Any],
    chunksize: int,
    send: Callable[[list[Any], int], None],
) -> None:
    """Send `iterable` in chunks, each item when there is room. Runs on a thread of its own.

    Assumes that the stream has room for at least one chunk.
    """
    count = 0
    chunk: list[Any] = []
    failure: BaseException | None = None
    try:
        items = iter(iterable)
        while stream.wait_for_room():
            chunk.append(next(items))
            if len(chunk) == chunksize:
                send(chunk, count)
                count += chunksize
                chunk = []
    except StopIteration:
        pass
    except BaseException as error:  # noqa: BLE001 - the user's iterable may raise anything
        failure = error
    if failure is not None:
        # The chunk that it was filling goes with it: CPython's tests of imap ask for that.
        chunk = []
    if chunk:
        send(chunk, count)
    stream.end(count + len(chunk), failure)
