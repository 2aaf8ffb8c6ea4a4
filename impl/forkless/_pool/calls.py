"""From calls to batches: pickling in the caller's thread, an error where it belongs.

Guarantees
- What cannot be pickled is the error of its own task; the tasks beside it are sent.
- Locks, events, queues and the like may be arguments. A task keeps those it was given until it has
  settled, as they travel by name, or stay open, only while their sender has them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pickle import PicklingError
from typing import Any

from .. import sharing
from ..arena.arena import Arena
from . import codec, picklers
from .batch import Batch, Call, Sink, name_of
from .errors import ArgumentNotPicklable
from .failure import brief
from .frames import Buffer
from .limits import Limits
from .outcomes import lost
from .plain import are_plain


def single(
    sink: Sink,
    func: Callable[..., Any],
    args: tuple[Any, ...],
    kwds: dict[str, Any],
    limits: Limits,
    arena: Arena | None,
) -> list[Batch]:
    """One call as one batch; none when it cannot be pickled, which settles it."""
    kept: list[object] = []
    try:
        payload = _dumps((func, args, kwds), arena, limits, kept)
    except Exception as error:  # noqa: BLE001 - an argument's reducer may raise anything
        sink.settle(0, [lost(refusal(func, error))])
        return []
    return [Batch(sink, name_of(func), Call.ALONE, b"", [payload], limits=limits, kept=kept)]


def _dumps(value: Any, arena: Arena | None, limits: Limits, kept: list[object]) -> Buffer:
    """Raises what pickling raises. A value that the task must keep alive goes to `kept`."""
    # A worker that dies may have written to what it got, which another one gets then.
    in_place = not limits.retries
    try:
        return codec.dumps(value, arena, in_place)
    except RuntimeError as error:
        if not sharing.refused(error):
            raise
    kept.append(value)
    try:
        with sharing.in_flight():
            return codec.dumps(value, arena, in_place)
    except RuntimeError as error:
        raise RuntimeError(
            f"{error} For tasks, make it in another context, as forkless.get_context().Lock()"
        ) from error


@dataclass(frozen=True)
class Mapped:
    """What the calls of one map share."""

    sink: Sink
    call: Call
    func: Callable[..., Any]
    function: Buffer  # pickled
    limits: Limits
    arena: Arena | None  # for large items
    kept: list[object]  # what `function` holds of them

    def batches(self, items: Sequence[Any], first: int, chunksize: int) -> Iterator[Batch]:
        """Items number `first`, `first + 1`, ... of the map in chunks."""
        # The kill that ends a task would harm its neighbour, if that had begun meanwhile.
        size = chunksize if self.limits.timeout is None else 1
        for at in range(0, len(items), size):
            yield from self._chunk(items[at : at + size], first + at)

    def _chunk(self, items: Sequence[Any], first: int) -> Iterator[Batch]:
        """One batch, or more where an item that cannot be pickled leaves a gap."""
        if are_plain(items):
            yield self._batch(items, first + len(items), (), plain=True)
            return
        payloads: list[Buffer] = []
        kept: list[object] = []
        for index, item in enumerate(items, first):
            try:
                payloads.append(_dumps(item, self.arena, self.limits, kept))
            except Exception as error:  # noqa: BLE001 - an argument's reducer may raise anything
                self.sink.settle(index, [lost(refusal(self.func, error))])
                if payloads:
                    yield self._batch(payloads, index, kept)
                payloads = []
        if payloads:
            yield self._batch(payloads, first + len(items), kept)

    def _batch(
        self, payloads: Sequence[Any], end: int, kept: Sequence[object], plain: bool = False
    ) -> Batch:
        return Batch(
            self.sink,
            name_of(self.func),
            self.call,
            self.function,
            payloads,
            end - len(payloads),
            self.limits,
            [*kept, *self.kept],
            plain=plain,
        )


def mapped(
    sink: Sink, call: Call, func: Callable[..., Any], limits: Limits, arena: Arena | None
) -> Mapped:
    """Raises what pickling `func` raises; `refusal` says what to make of it."""
    kept: list[object] = []
    function = _dumps(func, None, limits, kept)
    return Mapped(sink, call, func, function, limits, arena, kept)


def refusal(func: Callable[..., Any], error: Exception) -> Exception:
    """What a caller is told: pickle's own errors with the way out, a reducer's as they are."""
    if not _is_of_pickle(error):
        return error
    refused = ArgumentNotPicklable(name_of(func), brief(error))
    refused.__cause__ = error
    return refused


def _is_of_pickle(error: Exception) -> bool:
    """Whether pickle, which is C, raised it, and no Python code that it called."""
    if isinstance(error, PicklingError):
        return True
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    raised_in = trace and trace.tb_frame.f_globals.get("__name__")
    return isinstance(error, (AttributeError, TypeError)) and raised_in == picklers.__name__
