"""From calls to batches: pickling in the caller's thread, an error where it belongs.

Guarantees: what cannot be pickled is the error of its own task; the tasks beside it are sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from . import codec
from .batch import Batch, Call, Sink, name_of
from .frames import Buffer
from .limits import Limits
from .outcomes import lost


def single(
    sink: Sink,
    func: Callable[..., Any],
    args: tuple[Any, ...],
    kwds: dict[str, Any],
    limits: Limits,
) -> list[Batch]:
    """One call as one batch; none when it cannot be pickled, which settles it."""
    try:
        payload = codec.dumps((func, args, kwds))
    except Exception as error:  # noqa: BLE001 - an argument's reducer may raise anything
        sink.settle(0, lost(error))
        return []
    return [Batch(sink, name_of(func), Call.ALONE, b"", [payload], limits=limits)]


@dataclass(frozen=True)
class Mapped:
    """What the calls of one map share."""

    sink: Sink
    call: Call
    name: str
    function: Buffer
    limits: Limits

    def batches(self, items: list[Any], first: int, chunksize: int) -> Iterator[Batch]:
        """Items number `first`, `first + 1`, ... of the map in chunks."""
        # The kill that ends a task would harm its neighbour, if that had begun meanwhile.
        size = chunksize if self.limits.timeout is None else 1
        for at in range(0, len(items), size):
            yield from self._chunk(items[at : at + size], first + at)

    def _chunk(self, items: list[Any], first: int) -> Iterator[Batch]:
        """One batch, or more where an item that cannot be pickled leaves a gap."""
        payloads: list[Buffer] = []
        for index, item in enumerate(items, first):
            try:
                payloads.append(codec.dumps(item))
            except Exception as error:  # noqa: BLE001 - an argument's reducer may raise anything
                self.sink.settle(index, lost(error))
                if payloads:
                    yield self._batch(payloads, index)
                payloads = []
        if payloads:
            yield self._batch(payloads, first + len(items))

    def _batch(self, payloads: list[Buffer], end: int) -> Batch:
        first = end - len(payloads)
        return Batch(self.sink, self.name, self.call, self.function, payloads, first, self.limits)


def mapped(sink: Sink, call: Call, func: Callable[..., Any], limits: Limits) -> Mapped:
    """Raises what pickling `func` raises."""
    return Mapped(sink, call, name_of(func), codec.dumps(func), limits)
