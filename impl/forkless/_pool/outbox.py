"""The outbox: what a worker has begun and done, in a page that it shares with its pool.

A store there makes each start and each result visible to the pool before the next task begins,
without a system call. The results of a batch wait there until a message for them is worth it.

Guarantees
- When a worker is dead, pipe and page together hold each result that it had; a result's position
  tells whether it is in both.
- A task that had begun is named by the page, as the last one or one before.
- A result waits for `_LONGEST_WAIT`, and then until the task that follows it ends.

Assumes: the pool reads the page when the worker is dead, so no order between processors matters.
What a killed process has stored is what it stored up to some point of its program.
"""

from __future__ import annotations

import marshal
import struct
from time import monotonic
from typing import Any, NamedTuple

from ..arena.arena import Window
from .batch import TICKETS, Outcome
from .envelope import Sealed, accept
from .frames import Buffer, Frame, Kind
from .page import Page
from .plain import ATOMS, SIZED
from .transport import WorkerEnd

# Words of the page: the batch, how many of its tasks have begun, the position of the first result
# here, and how many are here.
_TICKET, BEGUN, _FIRST, _COUNT = range(4)
_WORDS = 4 * 8
_LONGEST_WAIT = 0.001  # seconds

# A result is an atom, or a pair (kind, body) for all else. They are marshalled, which takes a third
# of the time of pickling, in a version in which a list is its length and then its items.
VERSION = 2
_LIST = struct.Struct("<cI")


class Outbox:
    """The worker's side."""

    def __init__(self, page: Page, line: WorkerEnd) -> None:
        self.words = page.view[:_WORDS].cast("Q")
        self._room = page.view[_WORDS:]
        self._most = len(self._room)
        self._longest = self._most // 4  # bytes of a result that may wait here
        self.line = line
        self._position = 0
        self._first = self._count = self._size = 0  # of what is held
        self._due = 0.0

    def open(self, ticket: int) -> None:
        """A new batch."""
        self.words[BEGUN] = 0
        self._hold_from(0)
        self.words[_TICKET] = ticket  # last: until then, all is about no batch that is held

    def begin(self, position: int) -> None:
        """The task at `position` begins."""
        self.words[BEGUN] = position + 1
        self._position = position

    def add(self, value: Any) -> bool:
        """The value of the task that began last; False where it must go by `give`, pickled.

        OSError when the pool is gone.
        """
        kind = type(value)
        if kind not in ATOMS or (kind in SIZED and len(value) > self._longest):
            return False
        data = marshal.dumps(value, VERSION)
        if len(data) > self._longest:  # a very large int, or a character that takes four bytes
            return False
        self._hold(data)
        return True

    def give(self, kind: Kind, body: Buffer) -> None:
        """The result of the task that began last, of any kind. OSError when the pool is gone."""
        if len(body) < self._longest and type(body) is not Sealed:
            self._hold(marshal.dumps((int(kind), bytes(body)), VERSION))
        else:
            self.flush()
            self.line.send(kind, self._position, body)
            self._hold_from(self._position + 1)

    def _hold(self, data: bytes) -> None:
        end = self._size + len(data)
        if end > self._most:
            self.flush()
            end = len(data)
        self._room[self._size : end] = data
        self._size = end
        self._count = self.words[_COUNT] = self._count + 1
        if monotonic() > self._due:
            self.flush()

    def flush(self) -> None:
        """Send what is held."""
        if self._count:
            results = _LIST.pack(b"[", self._count) + self._room[: self._size]
            self.line.send(Kind.RESULTS, self._first, results)
            self._hold_from(self._first + self._count)

    def _hold_from(self, position: int) -> None:
        """Nothing is held. The next result is that of the task at `position`."""
        self.words[_COUNT] = 0  # first: what is not here has no position
        self.words[_FIRST] = position
        self._first = position
        self._count = self._size = 0
        self._due = monotonic() + _LONGEST_WAIT


class Remains(NamedTuple):
    """What a dead worker's page says of a batch."""

    reached: int  # position of the task that began last; -1 for none
    first: int  # position of the first of `results`
    results: list[Any]


def remains(page: Page, ticket: int) -> Remains:
    """What the page says of the batch of this number."""
    about, begun, first, count = page.view[:_WORDS].cast("Q")
    if about != ticket & TICKETS:
        return Remains(-1, 0, [])
    content = _LIST.pack(b"[", count) + page.view[_WORDS:]
    return Remains(begun - 1, first, _outcomes(content))


def outcomes_of(frame: Frame, window: Window | None) -> list[Any]:
    """What a frame with results says of the task at its position, and of those that follow."""
    if frame.kind == Kind.VALUES:
        values: list[Any] = marshal.loads(frame.body)
        return values
    if frame.kind == Kind.RESULTS:
        return _outcomes(frame.body)
    return [Outcome(frame.kind, accept(frame.body, window))]


def _outcomes(content: Buffer) -> list[Any]:
    """Outcomes, or the values themselves where they are atoms. Runs nobody's code."""
    results: list[Any] = marshal.loads(content)
    if tuple in set(map(type, results)):
        return [Outcome(*result) if type(result) is tuple else result for result in results]
    return results
