"""empty() and share(): tensors in shared memory, which all who are sent them read and write.

They may be arguments of processes, items of queues, arguments and results of tasks. Nothing is
copied; the memory has no name, all of it is there from the start (or OSError, never SIGBUS), and
it is freed with the last tensor on it in the last process.

The first of them registers a reducer for storages with multiprocessing, as torch itself does, which
hands all other storages to torch's.

Assumes: a tensor that is in a queue, and was dropped by its sender, is received while that lives.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from math import prod
from multiprocessing.reduction import ForkingPickler
from typing import Any

import torch
from torch.multiprocessing import get_sharing_strategy, reductions

from .arena.shared import SharedBytes

Reduced = tuple[Callable[..., Any], tuple[Any, ...]]

# By the address where it begins, which no other memory of this process has meanwhile.
_memories: weakref.WeakValueDictionary[int, SharedBytes] = weakref.WeakValueDictionary()


def empty(*size: Any, dtype: torch.dtype | None = None) -> torch.Tensor:
    """A CPU tensor of this size (numbers, or one tuple) in shared memory; its values are zero.

    dtype: by default torch's own default. OSError where the system has not so much memory.
    """
    shape = torch.Size(size[0] if len(size) == 1 and not isinstance(size[0], int) else size)
    kind = torch.get_default_dtype() if dtype is None else dtype
    memory = SharedBytes(max(1, prod(shape) * kind.itemsize))
    tensor = torch.empty(0, dtype=kind)
    return tensor.set_(_storage_on(memory), 0, shape)


def share(tensor: torch.Tensor) -> torch.Tensor:
    """A copy of a dense CPU tensor in shared memory, or the tensor itself if it lies there.

    TypeError for other tensors. OSError where the system has not so much memory.
    """
    dense = tensor.layout is torch.strided and not tensor.is_nested and not tensor.is_quantized
    if not dense or tensor.device.type != "cpu":
        raise TypeError(
            f"share() takes dense CPU tensors, not one of layout {tensor.layout} on "
            f"{tensor.device}; pass tensor.to_dense() or tensor.cpu()"
        )
    if memory_of(tensor.untyped_storage()) is not None:
        return tensor
    copy = empty(tensor.shape, dtype=tensor.dtype).copy_(tensor.detach())
    return copy.requires_grad_(tensor.requires_grad)


def memory_of(storage: torch.UntypedStorage) -> SharedBytes | None:
    """The memory that `empty` or `share` put it in."""
    return _memories.get(storage.data_ptr()) if _memories else None


def _storage_on(memory: SharedBytes) -> torch.UntypedStorage:
    ForkingPickler.register(torch.UntypedStorage, reduce_storage)
    _memories[memory.address] = memory
    return torch.frombuffer(memory.content(), dtype=torch.uint8).untyped_storage()


def reduce_kept_storage(storage: torch.UntypedStorage) -> Reduced:
    """The same, for whoever keeps the storage until it has arrived, and may send it twice.

    torch's own way by name counts one reference as it is pickled, and takes one off as it is
    unpickled: the second time it would take somebody else's, and the memory would go.
    """
    if memory_of(storage) is None and get_sharing_strategy() == "file_system":
        manager, name, size = storage._share_filename_cpu_()
        reductions.shared_cache[name] = reductions.StorageWeakRef(storage)
        return _open_by_name, (type(storage), manager, name, size)
    return reduce_storage(storage)


def _open_by_name(kind: Any, manager: Any, name: Any, size: int) -> Any:
    storage: Any = reductions.storage_from_cache(kind, name)
    if storage is None:
        storage = kind._new_shared_filename_cpu(manager, name, size)
        reductions.shared_cache[name] = reductions.StorageWeakRef(storage)
    return storage


def reduce_storage(storage: torch.UntypedStorage) -> Reduced:
    """How a CPU storage is pickled, so that both sides have the same memory."""
    memory = memory_of(storage)
    if memory is not None:
        return _storage_on, (memory,)
    reduced: Reduced = reductions.reduce_storage(storage)
    return reduced
