"""Batches: the unit in which tasks travel to a worker, and how one lies in a RUN frame.

A batch is transport only. Its tasks run one after the other, each with a position; each start and
each result is visible to the pool before the next task begins (see outbox.py). So when the worker
dies it is known of every task whether it had begun. Those that had not make a new batch (`part`).
"""

from __future__ import annotations

import pickle
import struct
from collections.abc import Callable, Iterator, Sequence
from enum import IntEnum
from typing import Any, NamedTuple, Protocol

from ..arena.arena import Window
from . import codec
from .envelope import Parcel, Sealed, accept
from .frames import HEADER, Buffer, Kind
from .limits import UNLIMITED, Limits
from .picklers import PROTOCOL

_RUN = struct.Struct("<IB??Q")  # ticket, how to call, plain, together, bytes of the function
_SIZE = struct.Struct("<Q")
TICKETS = 0xFFFFFFFF  # tickets start again at 0 some day
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
    """How a task ended, still pickled: only the thread that asks for it unpickles it.

    In its place stands the value itself where that is plain (see plain.py).
    """

    verdict: int
    content: Buffer | Parcel | BaseException


class Sink(Protocol):
    """Where the outcomes of tasks go."""

    whole: bool  # nobody sees an outcome before all are there

    def settle(self, first: int, outcomes: list[Any], plain: bool = False) -> None:
        """Take the outcomes of tasks number `first`, `first + 1`, ..., each once.

        `plain`: all of them are plain values. Must not block or run user code.
        """

    def claim(self) -> bool:
        """Asked before the first dispatch: False when nobody wants it run any more."""


class Batch(NamedTuple):
    """Tasks number `first`, `first + 1`, ... of a sink, ready to be sent."""

    sink: Sink
    name: str  # of the function, for messages
    call: Call
    function: Buffer  # pickled; empty for Call.ALONE
    payloads: Sequence[Any]  # pickled, or the arguments themselves where they are plain
    first: int = 0
    limits: Limits = UNLIMITED  # of each task
    kept: Sequence[object] = ()  # what must live until the tasks have settled
    claimed: bool = False
    plain: bool = False

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
        if not self.plain:
            for payload in self.payloads:
                if type(payload) is Sealed:
                    payload.lend(lessee)

    def encode(self, ticket: int) -> list[Buffer]:
        """The RUN frame."""
        # Results that are not to be repeated for a neighbour's death are of use by themselves.
        together = self.sink.whole and not self.limits.retries and len(self.payloads) > 1
        size = len(self.function)
        head = _RUN.pack(ticket & TICKETS, self.call, self.plain, together, size)
        parts: list[Buffer] = [head, self.function]
        if self.plain:
            parts.append(pickle.dumps(self.payloads, PROTOCOL))
        else:
            for payload in self.payloads:
                parts.append(_SIZE.pack(len(payload)))
                parts.append(payload)
        size = sum(map(len, parts))
        parts.insert(0, HEADER.pack(Kind.RUN, 0, size))
        return parts if size > _JOIN_BELOW else [b"".join(parts)]


class Received:
    """A batch as the worker sees it. `call` makes the result of each of `payloads`, in turn."""

    def __init__(self, body: Buffer, window: Window | None) -> None:
        view = memoryview(body)
        self.ticket, kind, plain, self.together, size = _RUN.unpack_from(view)
        at = _RUN.size + size
        self.is_alone = kind == Call.ALONE
        self.payloads: Sequence[Any] = pickle.loads(view[at:]) if plain else list(_cut(view, at))
        self._pickled = view[_RUN.size : at]
        self._plain = plain
        self._starred = kind == Call.STARRED
        self._window = window
        self.call: Callable[[Any], Any] = self._call_alone if self.is_alone else self._call_first

    def _call_alone(self, payload: memoryview) -> Any:
        function, args, kwds = self._loads(payload)
        return function(*args, **kwds)

    def _call_first(self, payload: Any) -> Any:
        """Unpickle the function too: once a batch, or where that fails, in vain for each task."""
        function = codec.loads(self._pickled)
        if self._plain:
            self.call = (lambda args: function(*args)) if self._starred else function
        elif self._starred:
            self.call = lambda payload: function(*self._loads(payload))
        else:
            self.call = lambda payload: function(self._loads(payload))
        return self.call(payload)

    def _loads(self, payload: memoryview) -> Any:
        return codec.loads(accept(payload, self._window))


def _cut(view: memoryview, at: int) -> Iterator[memoryview]:
    while at < len(view):
        (size,) = _SIZE.unpack_from(view, at)
        at += _SIZE.size
        yield view[at : at + size]
        at += size


def name_of(function: object) -> str:
    """A function's name for messages; never raises, and never calls the function's repr."""
    return str(getattr(function, "__qualname__", type(function).__name__))
