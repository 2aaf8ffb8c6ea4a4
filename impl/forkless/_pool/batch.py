"""Batches: the unit in which tasks travel to a worker, and how one lies in a RUN frame.

A batch is transport only. Its tasks run one after the other, each with a position; each result is
sent before the next task begins, so when the worker dies it is known for every task whether it
had begun, and the tasks that had not begun go into a new batch (`part`).
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Sequence
from enum import IntEnum
from typing import Any, NamedTuple, Protocol

from . import codec
from .envelope import Parcel, Sealed
from .frames import HEADER, Buffer, Kind
from .limits import UNLIMITED, Limits

_RUN = struct.Struct("<IBQ")  # ticket, how to call, bytes of the pickled function
_SIZE = struct.Struct("<Q")
_TICKETS = 0xFFFFFFFF  # tickets start again at 0 some day
_JOIN_BELOW = 1 << 16  # a copy of this size costs less than a call with parts


class Call(IntEnum):
    """How a task's payload becomes a call."""

    ALONE = 0  # the payload is (function, args, kwds)
    ITEM = 1  # function(payload)
    STARRED = 2  # function(*payload)


class Verdict(IntEnum):
    """How a task ended."""

    VALUE = Kind.VALUE
    RAISED = Kind.RAISED
    LOST = 100  # the pool says so; the content is the exception itself
    UNREADY = 101  # the initializer raised; the content is its failure


class Outcome(NamedTuple):
    """How a task ended, still pickled: only the thread that asks for it unpickles it."""

    verdict: int
    content: Buffer | Parcel | BaseException


class Sink(Protocol):
    """Where the outcomes of tasks go."""

    def settle(self, index: int, outcome: Outcome) -> None:
        """Take the outcome of one task; called once a task, must not block or run user code."""

    def claim(self) -> bool:
        """Asked before the first dispatch: False when nobody wants it run any more."""


class Batch(NamedTuple):
    """Tasks number `first`, `first + 1`, ... of a sink, ready to be sent."""

    sink: Sink
    name: str  # of the function, for messages
    call: Call
    function: Buffer  # pickled; empty for Call.ALONE
    payloads: list[Buffer]
    first: int = 0
    limits: Limits = UNLIMITED  # of each task
    kept: Sequence[object] = ()  # what must live until the tasks have settled
    claimed: bool = False

    def part(self, begin: int, end: int | None = None) -> Batch:
        """The tasks at positions `begin` to `end`, as a batch of their own."""
        return self._replace(
            payloads=self.payloads[begin:end], first=self.first + begin, claimed=True
        )

    def repeated(self) -> Batch:
        """The same tasks, with one repetition used up."""
        return self._replace(limits=self.limits.one_less())

    def lend(self, lessee: object) -> None:
        """`lessee` is going to see what of it lies in an arena."""
        for payload in self.payloads:
            if type(payload) is Sealed:
                payload.lend(lessee)

    def encode(self, ticket: int) -> list[Buffer]:
        """The RUN frame."""
        head = _RUN.pack(ticket & _TICKETS, self.call, len(self.function))
        parts: list[Buffer] = [head, self.function]
        for payload in self.payloads:
            parts.append(_SIZE.pack(len(payload)))
            parts.append(payload)
        size = sum(map(len, parts))
        parts.insert(0, HEADER.pack(Kind.RUN, 0, size))
        return parts if size > _JOIN_BELOW else [b"".join(parts)]


class Received:
    """A batch as the worker sees it; payloads are cut off one by one, when their turn comes."""

    def __init__(self, body: Buffer) -> None:
        view = memoryview(body)
        self.ticket, self.call, size = _RUN.unpack_from(view)
        at = _RUN.size
        self.payloads = _payloads(view, at + size)
        self._pickled = view[at : at + size]
        self._function: Callable[..., Any] | None = None

    def function(self) -> Callable[..., Any]:
        """Unpickled once a batch; where that fails, it fails for each task."""
        if self._function is None:
            self._function = codec.loads(self._pickled)
        return self._function


def _payloads(view: memoryview, at: int) -> Iterator[memoryview]:
    while at < len(view):
        (size,) = _SIZE.unpack_from(view, at)
        at += _SIZE.size
        yield view[at : at + size]
        at += size


def progress(ticket: int, position: int) -> int:
    """What a worker's progress page holds once it began that task; 0 is "nothing yet"."""
    return (ticket & _TICKETS) << 32 | position


def reached(cell: int, ticket: int) -> int:
    """The position of the last task of that batch that the page says had begun; -1 for none."""
    return cell - progress(ticket, 0) if cell >> 32 == ticket & _TICKETS else -1


def name_of(function: object) -> str:
    """A function's name for messages; never raises, and never calls the function's repr."""
    return str(getattr(function, "__qualname__", type(function).__name__))
