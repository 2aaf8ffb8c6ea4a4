"""How values become messages and come back: the seam where other picklers come in.

A message is one pickle, or an envelope when the value holds tensors or what is large: then the
storages of the tensors, each once and only the part that the message reaches, and the buffers of
arrays lie beside the pickle. multiprocessing's reducers (`ForkingPickler.register`) apply as they
do there; the reducers for tensors are in force here alone, nothing is registered globally, and
torch is never imported by this module.
"""

from __future__ import annotations

import copyreg
import io
import pickle
import sys
from collections import ChainMap
from multiprocessing.reduction import ForkingPickler
from typing import TYPE_CHECKING, Any

from ..arena.fresh import own_copy
from . import by_value
from .envelope import LARGE, Parcel, Part, accept, seal

if TYPE_CHECKING:
    from ..arena.arena import Arena
    from .frames import Buffer

PROTOCOL = 5
_PICKLE = 0x80  # how every pickle of protocol 2 and later begins
# No reducer can have a say in these, and building a Pickler takes longer than pickling them.
_ATOMS = frozenset({type(None), bool, int, float, str, bytes})
# A view of both tables, not a copy: what is registered later counts too.
_REDUCERS: ChainMap[type, Any] = ChainMap(
    ForkingPickler._extra_reducers,  # type: ignore[attr-defined]
    copyreg.dispatch_table,
)


def dumps(value: Any, arena: Arena | None = None, in_place: bool = False) -> Buffer:
    """Pickle `value`, tensors by value, and functions where pickle refuses them and cloudpickle
    is installed. Raises what pickling raises.

    arena: where large parts may go. in_place: the receiver may keep them there; without, it
    copies, and the message can be opened by one receiver after another.
    """
    if type(value) in _ATOMS:
        return _enclosed(pickle.dumps(value, PROTOCOL), [], [], arena, in_place)
    try:
        return _pickled(pickle.Pickler, value, arena, in_place)
    except (pickle.PicklingError, AttributeError, TypeError) as refusal:
        helper = by_value.pickler()
        if helper is None:
            raise
        try:
            return _pickled(helper, value, arena, in_place)
        except Exception:  # noqa: BLE001 - a reducer may raise anything; the first error says why
            raise refusal from refusal.__cause__


def _pickled(kind: type[pickle.Pickler], value: Any, arena: Arena | None, in_place: bool) -> Buffer:
    sink = io.BytesIO()
    buffers: list[memoryview] = []
    take = None if arena is None else _taking(buffers)
    pickler = kind(sink, PROTOCOL, buffer_callback=take)
    if "torch" not in sys.modules:
        pickler.dispatch_table = _REDUCERS
        pickler.dump(value)
        return _enclosed(sink.getbuffer(), [], buffers, arena, in_place)
    from .tensors import Outbox

    outbox = Outbox()
    pickler.dispatch_table = _REDUCERS.new_child(outbox.reducers())
    pickler.dump(value)
    return _enclosed(sink.getbuffer(), outbox.parts(), buffers, arena, in_place)


def _enclosed(
    pickled: Buffer,
    storages: list[Part],
    buffers: list[memoryview],
    arena: Arena | None,
    in_place: bool,
) -> Buffer:
    large = arena is not None and len(pickled) >= LARGE
    if storages or buffers or large:
        return seal(pickled, storages, buffers, arena, in_place)
    return pickled


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


def loads(message: Buffer | Parcel) -> Any:
    """The value of a message. Raises what unpickling raises."""
    if not isinstance(message, Parcel):
        if message[0] == _PICKLE:
            return pickle.loads(message)
        return loads(accept(message, None))
    pickled, storages, parts = message.open()
    buffers = [part.content if part.in_place else own_copy(part.content) for part in parts]
    if not storages:
        return pickle.loads(pickled, buffers=buffers)
    from .tensors import unpickle

    return unpickle(pickled, buffers, storages)
