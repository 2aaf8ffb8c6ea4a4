"""How values become bytes and come back: the seam where arenas and other picklers come in.

A message is one pickle, or a container when the value holds tensors: their storages lie beside
the pickle, each once and only the part that the message reaches. multiprocessing's reducers
(`ForkingPickler.register`) apply as they do there; the reducers for tensors are in force here
alone, nothing is registered globally, and torch is never imported by this module.
"""

from __future__ import annotations

import copyreg
import io
import pickle
import sys
from collections import ChainMap
from multiprocessing.reduction import ForkingPickler
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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


def dumps(value: Any) -> Buffer:
    """Pickle `value`, tensors by value. Raises what pickling raises."""
    if type(value) in _ATOMS:
        return pickle.dumps(value, PROTOCOL)
    sink = io.BytesIO()
    pickler = pickle.Pickler(sink, PROTOCOL)
    if "torch" not in sys.modules:
        pickler.dispatch_table = _REDUCERS
        pickler.dump(value)
        return sink.getbuffer()
    from .tensors import Outbox

    outbox = Outbox()
    pickler.dispatch_table = _REDUCERS.new_child(outbox.reducers())
    pickler.dump(value)
    return outbox.seal(sink.getbuffer())


def loads(message: Buffer) -> Any:
    """The value of a message. Raises what unpickling raises."""
    if message[0] == _PICKLE:
        return pickle.loads(message)
    from .tensors import open_sealed

    return open_sealed(message)
