"""How values become messages and come back: the seam where other picklers come in.

A message is one pickle, or an envelope when the value holds tensors or what is large: then the
storages of the tensors, each once and only the part that the message reaches, and the buffers of
arrays lie beside the pickle. multiprocessing's reducers (`ForkingPickler.register`) apply as they
do there; the reducers for tensors are in force here alone, nothing is registered globally, and
torch is never imported by this module.
"""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any

from ..arena.fresh import own_copy
from . import by_value, picklers
from .envelope import LARGE, Parcel, Part, accept, seal
from .picklers import PROTOCOL
from .plain import ATOMS

if TYPE_CHECKING:
    from ..arena.arena import Arena
    from .frames import Buffer

_PICKLE = 0x80  # how every pickle of protocol 2 and later begins


def dumps(value: Any, arena: Arena | None = None, in_place: bool = False) -> Buffer:
    """Pickle `value`, tensors by value, and functions where pickle refuses them and cloudpickle
    is installed. Raises what pickling raises.

    arena: where large parts may go. in_place: the receiver may keep them there; without, it
    copies, and the message can be opened by one receiver after another.
    """
    if type(value) in ATOMS:  # no reducer can have a say in these
        return _enclosed(pickle.dumps(value, PROTOCOL), [], [], arena, in_place)
    pickler = picklers.take(arena is not None)
    try:
        message = _enclosed(*pickler.dump(value), arena, in_place)
    except (pickle.PicklingError, AttributeError, TypeError) as refusal:
        kind = by_value.pickler()
        if kind is None:
            raise
        helper = picklers.Pickler(arena is not None, kind)
        try:
            return _enclosed(*helper.dump(value), arena, in_place)
        except Exception:  # noqa: BLE001 - a reducer may raise anything; the first error says why
            raise refusal from refusal.__cause__
    picklers.give_back(pickler)
    return message


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
