"""Tensors in messages: by value and bit for bit. Imported only where torch is.

torch's own reducers for multiprocessing move a tensor's storage into shared memory, so that both
sides see each other's writes, and drop the conj and neg bits: `x.conj()` arrives un-conjugated
(https://github.com/pytorch/pytorch/issues/88294 was the same in RPC). Here a dense CPU tensor
travels as the bytes of its storage that the message reaches, dtype, shape, strides, offset, conj
and neg bits, requires_grad and attributes. Tensors of one message that share a storage share one
afterwards. What the user shared on purpose (`share_memory_()`) and CUDA tensors go through torch's
reducers, their bits kept. Other layouts reduce themselves; the tensors in them come back here.
"""

from __future__ import annotations

import ctypes
import pickle
import struct
import threading
from collections.abc import Callable
from typing import Any

import torch
from torch.multiprocessing import reductions

from .frames import Buffer

_SEALED = struct.Struct("<BQQ")  # mark, number of storages, bytes of the pickle
_MARK = 0x01  # no pickle begins with it
_EXTENT = struct.Struct("<QQ")  # first byte (in the sender's storage), number of bytes
_WIDEST = 16  # bytes of complex128: part of a storage begins aligned

Reduced = tuple[Callable[..., Any], tuple[Any, ...]]


class _Slot:
    """A storage in the message being written: where it lies and which bytes are reached."""

    def __init__(self, storage: torch.UntypedStorage, index: int) -> None:
        self.storage = storage
        self.index = index
        self.first = storage.nbytes()
        self.end = 0

    def reach(self, first: int, end: int) -> None:
        if first < end:
            self.first = min(self.first, first - first % _WIDEST)
            self.end = max(self.end, end)

    def extent(self) -> tuple[int, int]:
        return (self.first, self.end - self.first) if self.first < self.end else (0, 0)

    def __reduce__(self) -> Reduced:
        return _received, (self.index,)


class Outbox:
    """The storages of one message, collected while it is pickled."""

    def __init__(self) -> None:
        self._slots: dict[int, _Slot] = {}

    def reducers(self) -> dict[type, Callable[[Any], Any]]:
        return {
            torch.Tensor: self._tensor,
            torch.nn.Parameter: self._tensor,
            torch.UntypedStorage: self._untyped_storage,
            torch.storage.TypedStorage: self._typed_storage,
        }

    def _tensor(self, tensor: torch.Tensor) -> Reduced:
        _refuse_what_cannot_travel(tensor)
        dense = tensor.layout is torch.strided and not tensor.is_nested and not tensor.is_quantized
        bits = (tensor.is_conj(), tensor.is_neg()) if dense else (False, False)
        if dense and tensor.device.type == "cpu" and not tensor.is_shared():
            content = self._by_value(tensor)
        elif dense and tensor.device.type != "meta":
            content = reductions.reduce_tensor(tensor)
        else:
            # The class method itself: a Parameter's own would wrap its content a second time.
            content = torch.Tensor._reduce_ex_internal(tensor, 2)
        return _rebuild_tensor, (type(tensor), *content, *bits, tensor.requires_grad, vars(tensor))

    def _by_value(self, tensor: torch.Tensor) -> Reduced:
        slot = self._slot(tensor.untyped_storage())
        first = tensor.storage_offset() * tensor.element_size()
        shape, strides = tuple(tensor.shape), tensor.stride()
        if tensor.numel():
            last = sum((size - 1) * stride for size, stride in zip(shape, strides, strict=True))
            slot.reach(first, first + (last + 1) * tensor.element_size())
        return _rebuild_dense, (slot, tensor.dtype, first, shape, strides)

    def _untyped_storage(self, storage: torch.UntypedStorage) -> Any:
        if storage.device.type != "cpu" or storage.is_shared():
            return reductions.reduce_storage(storage)
        slot = self._slot(storage)
        slot.reach(0, storage.nbytes())
        return _storage_of, (slot,)

    def _typed_storage(self, storage: torch.storage.TypedStorage) -> Reduced:
        return _rebuild_typed, (storage._untyped_storage, storage.dtype)

    def _slot(self, storage: torch.UntypedStorage) -> _Slot:
        slot = self._slots.get(storage._cdata)
        if slot is None:
            slot = self._slots[storage._cdata] = _Slot(storage, len(self._slots))
        return slot

    def seal(self, pickled: memoryview) -> Buffer:
        """The whole message. Bytes are copied here, so that later writes change nothing."""
        if not self._slots:
            return pickled
        slots = list(self._slots.values())
        parts: list[Buffer] = [_SEALED.pack(_MARK, len(slots), len(pickled))]
        parts += [_EXTENT.pack(*slot.extent()) for slot in slots]
        parts.append(pickled)
        parts += [_memory(slot.storage, *slot.extent()) for slot in slots]
        return b"".join(parts)


class Received:
    """A received storage: its bytes begin at byte `first` of what was the sender's storage."""

    def __init__(self, content: memoryview, first: int) -> None:
        self.first = first
        # Memory of its own, from torch's allocator: a received tensor can be resized, and does
        # not keep the whole message alive.
        self.storage = torch.empty(len(content), dtype=torch.uint8).untyped_storage()
        if len(content):
            _memory(self.storage, 0, len(content))[:] = content


_open = threading.local()  # .storages: of the message this thread is unpickling


def open_sealed(message: Buffer) -> Any:
    """The value of a message that `Outbox.seal` wrote."""
    view = memoryview(message)
    _, slots, size = _SEALED.unpack_from(view)
    pickled = _SEALED.size + slots * _EXTENT.size
    at = pickled + size
    storages = []
    for index in range(slots):
        first, count = _EXTENT.unpack_from(view, _SEALED.size + index * _EXTENT.size)
        storages.append(Received(view[at : at + count], first))
        at += count
    before = getattr(_open, "storages", None)
    _open.storages = storages
    try:
        return pickle.loads(view[pickled : pickled + size])
    finally:
        _open.storages = before


def _refuse_what_cannot_travel(tensor: torch.Tensor) -> None:
    if tensor.requires_grad and not tensor.is_leaf:
        raise ValueError(
            f"a tensor of shape {tuple(tensor.shape)} that was computed with requires_grad (not "
            "a leaf) cannot be sent, as its graph would stay behind; pass tensor.detach()"
        )
    names = getattr(tensor, "names", ())  # torch without named tensors has none
    if any(names):
        raise ValueError(
            f"a tensor with named dimensions {names} cannot be sent; pass tensor.rename(None)"
        )


def _memory(storage: torch.UntypedStorage, first: int, count: int) -> memoryview:
    """Bytes of a CPU storage in place. The caller keeps the storage alive meanwhile."""
    if not count:
        return memoryview(b"")
    return memoryview((ctypes.c_char * count).from_address(storage.data_ptr() + first)).cast("B")


def _received(index: int) -> Received:
    slot: Received = _open.storages[index]
    return slot


def _storage_of(slot: Received) -> torch.UntypedStorage:
    return slot.storage


def _rebuild_typed(untyped: torch.UntypedStorage, dtype: torch.dtype) -> torch.storage.TypedStorage:
    return torch.storage.TypedStorage(wrap_storage=untyped, dtype=dtype, _internal=True)


def _rebuild_dense(
    slot: Received, dtype: torch.dtype, first: int, shape: tuple[int, ...], strides: tuple[int, ...]
) -> torch.Tensor:
    tensor = torch.empty(0, dtype=dtype)
    offset = max(first - slot.first, 0) // tensor.element_size()
    if 0 in shape:
        offset = 0
    return tensor.set_(slot.storage, offset, shape, strides)


def _rebuild_tensor(
    cls: type,
    function: Callable[..., torch.Tensor],
    args: tuple[Any, ...],
    conj: bool,
    neg: bool,
    requires_grad: bool,
    attributes: dict[str, Any],
) -> torch.Tensor:
    tensor = function(*args)
    if conj:
        torch._C._set_conj(tensor, True)
    if neg:
        torch._C._set_neg(tensor, True)
    if cls is torch.nn.Parameter:
        tensor = torch.nn.Parameter(tensor, requires_grad)
    elif requires_grad:
        tensor.requires_grad_()
    vars(tensor).update(attributes)
    return tensor
