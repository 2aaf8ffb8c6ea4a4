"""Tensors in messages: by value and bit for bit. Imported only where torch is.

torch's own reducers for multiprocessing move a tensor's storage into shared memory, so that both
sides see each other's writes, and drop the conj and neg bits: `x.conj()` arrives un-conjugated
(https://github.com/pytorch/pytorch/issues/88294 was the same in RPC). Here a dense CPU tensor
travels as the bytes of its storage that the message reaches, dtype, shape, strides, offset, conj
and neg bits, requires_grad and attributes. Tensors of one message that share a storage share one
afterwards. What the user shared on purpose (`share_memory_()`) and CUDA tensors go through torch's
reducers, their bits kept. Other layouts reduce themselves; the tensors in them come back here.

A storage that arrives has memory of its own from torch's allocator, so that it can be resized and
keeps no message alive. In a worker one of 1 MiB or more stays in the arena where it came: to copy
it would cost as much as the rest of its way. torch resizes no memory that is not its own.
"""

from __future__ import annotations

import functools
import pickle
import threading
from collections.abc import Callable
from multiprocessing import context
from typing import Any

import torch
from torch.multiprocessing import reductions

from .. import shared_tensors, sharing
from ..arena.fresh import prefer_huge_pages
from ..arena.raw import bytes_at
from .envelope import Part, copy
from .frames import Buffer

_STAYS_FROM = 1 << 20  # bytes
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

    def part(self) -> Part:
        first, size = (self.first, self.end - self.first) if self.first < self.end else (0, 0)
        return Part(_memory(self.storage, first, size), first)


class Outbox:
    """The storages of one message at a time, collected while it is pickled."""

    def __init__(self) -> None:
        self._slots: dict[int, _Slot] = {}

    def clear(self) -> None:
        """Before the next message."""
        self._slots.clear()

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
        if dense and tensor.device.type == "cpu" and not _is_shared(tensor.untyped_storage()):
            content = self._by_value(tensor)
            if _is_plain(tensor, bits):
                return content
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
        return _rebuild_dense, (slot.index, _name_of(tensor.dtype), first, shape, strides)

    def _untyped_storage(self, storage: torch.UntypedStorage) -> Any:
        if storage.device.type != "cpu":
            return reductions.reduce_storage(storage)
        if _is_shared(storage):
            if sharing.gives_away:
                return shared_tensors.reduce_storage(storage)
            context.assert_spawning(storage)
            return shared_tensors.reduce_kept_storage(storage)
        slot = self._slot(storage)
        slot.reach(0, storage.nbytes())
        return _storage_of, (slot.index,)

    def _typed_storage(self, storage: torch.storage.TypedStorage) -> Reduced:
        return _rebuild_typed, (storage._untyped_storage, storage.dtype)

    def _slot(self, storage: torch.UntypedStorage) -> _Slot:
        slot = self._slots.get(storage._cdata)
        if slot is None:
            slot = self._slots[storage._cdata] = _Slot(storage, len(self._slots))
        return slot

    def parts(self) -> list[Part]:
        """The bytes of each storage that the message reaches, in place."""
        return [slot.part() for slot in self._slots.values()]


class Received:
    """A received storage: its bytes begin at byte `first` of what was the sender's storage."""

    def __init__(self, part: Part) -> None:
        content, self.first, in_place = part
        if in_place and len(content) >= _STAYS_FROM:
            self.storage = torch.frombuffer(content, dtype=torch.uint8).untyped_storage()
            return
        self.storage = torch.UntypedStorage(len(content))
        if len(content):
            prefer_huge_pages(self.storage.data_ptr(), len(content))
            copy(content, _memory(self.storage, 0, len(content)))


_open = threading.local()  # .storages: of the message this thread is unpickling


def unpickle(pickled: Buffer, buffers: list[Buffer], storages: list[Part]) -> Any:
    """The value of a message with tensors."""
    before = getattr(_open, "storages", None)
    _open.storages = [Received(part) for part in storages]
    try:
        return pickle.loads(pickled, buffers=buffers)
    finally:
        _open.storages = before


def _is_shared(storage: torch.UntypedStorage) -> bool:
    if sharing.here.aliasing or storage.is_shared():
        return True
    return shared_tensors.memory_of(storage) is not None


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
    return bytes_at(storage.data_ptr() + first, count) if count else memoryview(b"")


def _is_plain(tensor: torch.Tensor, bits: tuple[bool, bool]) -> bool:
    """Whether its content is all there is to it."""
    plain = type(tensor) is torch.Tensor and not tensor.requires_grad
    return plain and bits == (False, False) and not vars(tensor)


def _received(index: int) -> Received:
    received: Received = _open.storages[index]
    return received


def _storage_of(index: int) -> torch.UntypedStorage:
    return _received(index).storage


def _rebuild_typed(untyped: torch.UntypedStorage, dtype: torch.dtype) -> torch.storage.TypedStorage:
    return torch.storage.TypedStorage(wrap_storage=untyped, dtype=dtype, _internal=True)


@functools.cache
def _name_of(dtype: torch.dtype) -> str:
    """The name by which torch has it: a string is pickled in a third of the time."""
    return str(dtype).removeprefix("torch.")


def _rebuild_dense(
    index: int, dtype: str, first: int, shape: tuple[int, ...], strides: tuple[int, ...]
) -> torch.Tensor:
    received = _received(index)
    tensor = torch.empty(0, dtype=getattr(torch, dtype))
    offset = max(first - received.first, 0) // tensor.element_size()
    if 0 in shape:
        offset = 0
    return tensor.set_(received.storage, offset, shape, strides)


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
