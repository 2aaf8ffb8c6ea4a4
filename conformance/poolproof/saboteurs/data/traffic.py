"""Wrong pools for tensors in crowds, and for what becomes of tensors after they arrived."""

from __future__ import annotations

import sys
import threading
from collections import deque
from collections.abc import Callable
from typing import Any

from poolproof.drivers.base import OpenOptions
from poolproof.saboteurs.data.spoiling import arrives, in_the_caller, is_plain_tensor, is_tensor
from poolproof.saboteurs.honest import Spoiled, SpoiledResult, bad_pool

_MOST = 1000  # tensors in a message
_BLOCK = 1 << 20  # bytes


def _no_more(value: Any) -> Any:
    crowd = type(value) is list and len(value) > _MOST and is_tensor(value[0])
    return value[:_MOST] if crowd else value


def _cut(value: Any) -> Any:
    if type(value) is not list or not all(map(is_tensor, value)):
        return value
    for tensor in value:
        tensor[_BLOCK // tensor.element_size() :] = 0
    return value


def _cut_bytes(value: Any) -> Any:
    return value[: 24 * _BLOCK] if type(value) is bytes else value


_buffers: dict[Any, Any] = {}  # of this worker: the last tensor of each kind that came


def _into_a_buffer(value: Any) -> Any:
    if not (is_plain_tensor(value) and value.numel()):
        return value
    kind = value.dtype, value.shape
    buffer = _buffers.get(kind)
    if buffer is None or buffer.shape != value.shape:
        _buffers[kind] = value
        return value
    return buffer.copy_(value)


def _fixed(value: Any) -> Any:
    """The tensor itself, from now on in memory that cannot grow."""
    if not (is_plain_tensor(value) and value.numel()):
        return value
    torch = sys.modules["torch"]
    raw = bytearray(value.reshape(-1).view(torch.uint8).tolist())
    return value.set_(torch.frombuffer(raw, dtype=value.dtype).view(value.shape))


class _Crosses(Spoiled):
    """Of two threads that submit, other than the main one, each gets the other's result."""

    def __init__(self, options: OpenOptions) -> None:
        super().__init__(options)
        self._guard = threading.Lock()
        self._first: tuple[int, SpoiledResult] | None = None

    def apply_async(self, *args: Any, **options: Any) -> Any:
        mine = SpoiledResult(self.honest.apply_async(*args, **options))
        if threading.current_thread() is threading.main_thread():
            return mine
        here = threading.get_ident()
        with self._guard:
            if self._first is None or self._first[0] == here:
                self._first = here, mine
            else:
                other = self._first[1]
                mine.honest, other.honest = other.honest, mine.honest
                self._first = None
        return mine


class _WritesToWhatItGave(Spoiled):
    """A task that gets an earlier result writes to the caller's own."""

    def __init__(self, options: OpenOptions) -> None:
        super().__init__(options)
        self._given: deque[Any] = deque(maxlen=8)

    def apply_async(
        self, func: Callable[..., Any], args: Any = (), *more: Any, **options: Any
    ) -> Any:
        mine = [value for value in args if any(value is given for given in self._given)]
        result = self.honest.apply_async(func, args, *more, **options)
        return _Written(result, mine, self._given)


class _Written(SpoiledResult):
    def __init__(self, honest: Any, mine: list[Any], given: deque[Any]) -> None:
        super().__init__(honest)
        self._mine = mine
        self._given = given

    def get(self, timeout: float | None = None) -> Any:
        value = self.honest.get(timeout)
        for own in self._mine:
            own.copy_(value)
        if is_plain_tensor(value):
            self._given.append(value)
        return value


SABOTEURS = (
    bad_pool(
        "DATA-25",
        "takes-a-thousand-tensors",
        "Of more than 1000 tensors in a list, the first 1000 arrive.",
        "its count is 1000",
        arrives(_no_more),
    ),
    bad_pool(
        "DATA-26",
        "crosses-threads",
        "Of two threads that submit, each gets a result of the other.",
        "what came is the answer to tensor",
        _Crosses,
    ),
    bad_pool(
        "DATA-27",
        "uses-one-buffer",
        "Tensors of one shape and dtype arrive in the same memory, one after the other.",
        "what the worker kept",
        arrives(_into_a_buffer),
    ),
    bad_pool(
        "DATA-28",
        "writes-to-what-it-gave",
        "A task that writes to an earlier result changes it in the caller too.",
        "a task wrote to the forwarded result",
        _WritesToWhatItGave,
    ),
    bad_pool(
        "DATA-29",
        "leaves-tensors-in-the-message",
        "Tensors arrive in memory that cannot grow.",
        "not resizable",
        arrives(_fixed),
    ),
    bad_pool(
        "DATA-41",
        "moves-the-callers-tensors",
        "Tensors that are sent lie in memory that cannot grow, in the caller, from then on.",
        "not resizable",
        in_the_caller(_fixed),
    ),
    bad_pool(
        "DATA-36",
        "cuts-tensors-at-1-mib",
        "What a list of tensors holds beyond 1 MiB in each arrives as zeros.",
        "its content",
        arrives(_cut),
    ),
    bad_pool(
        "DATA-37",
        "cuts-at-24-mib",
        "Bytes beyond 24 MiB are lost.",
        "argument of task",
        arrives(_cut_bytes),
    ),
)
