"""How a value is spoiled on its way to a task."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from poolproof.drivers.base import OpenOptions
from poolproof.saboteurs.honest import Before, Spoiled, in_workers

Change = Callable[[Any], Any]


def is_tensor(value: Any) -> bool:
    """Is it a tensor? (There is none before torch is: rules without tensors do not import it.)"""
    return "torch" in sys.modules and isinstance(value, sys.modules["torch"].Tensor)


def is_on_device(value: Any) -> bool:
    """Is it a tensor in the memory of a CUDA device?"""
    return is_tensor(value) and bool(value.is_cuda)


def is_dense_tensor(value: Any) -> bool:
    """Is it a tensor with its elements in the memory of this process, and no other way to them?"""
    if not is_tensor(value) or str(value.layout) != "torch.strided":
        return False
    return str(value.device) == "cpu" and not (value.is_nested or value.is_quantized)


def is_plain_tensor(value: Any) -> bool:
    """Is it a contiguous one of torch's own class, with nothing about it but its elements?"""
    if not is_dense_tensor(value) or type(value).__name__ != "Tensor":
        return False
    more = value.requires_grad or value.is_conj() or value.is_neg() or vars(value)
    return value.is_contiguous() and not more


def is_array(value: Any) -> bool:
    """Is it a numpy array?"""
    return "numpy" in sys.modules and isinstance(value, sys.modules["numpy"].ndarray)


def arrives(change: Change) -> Callable[[OpenOptions], Any]:
    """Opens a pool in which arguments are changed in the worker."""
    return in_workers(Before, change)


def in_the_caller(change: Change) -> Callable[[OpenOptions], Any]:
    """Opens a pool in which arguments are changed before they are sent."""

    class Pool(Spoiled):
        def apply_async(
            self, func: Callable[..., Any], args: Any = (), *more: Any, **options: Any
        ) -> Any:
            return self.honest.apply_async(func, tuple(map(change, args)), *more, **options)

    return Pool
