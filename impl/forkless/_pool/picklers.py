"""Picklers that are used again: to make one takes longer than to pickle most messages.

Guarantees: a pickler that is not in use holds nothing of the last message.
Assumes: what pickling calls may pickle on its own meanwhile, in any thread.
"""

from __future__ import annotations

import copyreg
import io
import pickle
import sys
from collections import ChainMap
from multiprocessing.reduction import ForkingPickler
from typing import TYPE_CHECKING, Any, NamedTuple

from .envelope import LARGE, Part
from .frames import Buffer

if TYPE_CHECKING:
    from .tensors import Outbox

PROTOCOL = 5
# A view of both tables, not a copy: what is registered later counts too.
_REDUCERS: ChainMap[type, Any] = ChainMap(
    ForkingPickler._extra_reducers,  # type: ignore[attr-defined]
    copyreg.dispatch_table,
)


class Pickled(NamedTuple):
    """What one value became."""

    pickled: Buffer
    storages: list[Part]  # of tensors
    buffers: list[memoryview]  # what was large


class Pickler:
    """A pickler, where it writes, and what it takes out of the pickle."""

    def __init__(self, takes_buffers: bool, kind: type[pickle.Pickler] = pickle.Pickler) -> None:
        self.takes_buffers = takes_buffers
        self._sink = io.BytesIO()
        self._buffers: list[memoryview] = []
        take = _taking(self._buffers) if takes_buffers else None
        self._pickler = kind(self._sink, PROTOCOL, buffer_callback=take)
        self._pickler.dispatch_table = _REDUCERS
        self._outbox: Outbox | None = None

    def dump(self, value: Any) -> Pickled:
        """Raises what pickling raises. The storages stay until the pickler is used again."""
        if self._outbox is None and "torch" in sys.modules:
            from .tensors import Outbox

            self._outbox = Outbox()
            self._pickler.dispatch_table = _REDUCERS.new_child(self._outbox.reducers())
        self._pickler.dump(value)
        storages = [] if self._outbox is None else self._outbox.parts()
        return Pickled(self._sink.getvalue(), storages, self._buffers.copy())

    def clear(self) -> None:
        self._pickler.clear_memo()
        self._sink.seek(0)
        self._sink.truncate()
        self._buffers.clear()
        if self._outbox is not None:
            self._outbox.clear()


_unused: dict[bool, list[Pickler]] = {False: [], True: []}  # by `takes_buffers`


def take(takes_buffers: bool) -> Pickler:
    """A pickler for one message."""
    try:
        return _unused[takes_buffers].pop()
    except IndexError:
        return Pickler(takes_buffers)


def give_back(pickler: Pickler) -> None:
    """Its message is complete. One that raised is not given back: nobody knows what it holds."""
    pickler.clear()
    _unused[pickler.takes_buffers].append(pickler)


def _taking(buffers: list[memoryview]) -> Any:
    """A `buffer_callback` that takes what is large out of the pickle."""

    def take(buffer: pickle.PickleBuffer) -> bool:
        try:
            raw = buffer.raw()
        except BufferError:  # not contiguous: pickle's own affair
            return True
        if len(raw) < LARGE:
            return True
        buffers.append(raw)
        return False

    return take
