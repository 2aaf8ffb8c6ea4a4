"""Wrong pools for object graphs, bytes and dense tensors."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from poolproof import tensors
from poolproof.drivers.base import OpenOptions
from poolproof.saboteurs.data import spoiling
from poolproof.saboteurs.data.spoiling import arrives, in_the_caller, is_dense_tensor, is_tensor
from poolproof.saboteurs.honest import Spoiled, SpoiledResult, bad_pool

_MANY = 1 << 31  # elements; a copy of them would need more memory than there is


def _items_apart(value: Any) -> Any:
    if type(value) is not list:
        return value
    return [pickle.loads(pickle.dumps(item)) for item in value]


def _cut(value: Any) -> Any:
    return value[: 64 << 10] if type(value) is bytes else value


def _one_nan(value: Any) -> Any:
    if not (is_tensor(value) and value.is_floating_point()):
        return value
    return value.masked_fill(value.isnan(), float("nan"))


def _no_offset(value: Any) -> Any:
    return value.as_strided(value.shape, value.stride(), 0) if is_tensor(value) else value


def _plus_zero(value: Any) -> Any:
    return value + 0 if is_tensor(value) and value.is_floating_point() else value


def _no_conj(value: Any) -> Any:
    return value.conj() if is_tensor(value) and value.is_conj() else value


def _no_neg(value: Any) -> Any:
    return -value if is_tensor(value) and value.is_neg() else value


def _zeros_on_device(value: Any) -> Any:
    return value * 0 if spoiling.is_on_device(value) else value


def _no_bits_on_device(value: Any) -> Any:
    return _no_neg(_no_conj(value)) if spoiling.is_on_device(value) else value


def _detached(value: Any) -> Any:
    return value.detach() if is_tensor(value) and value.requires_grad else value


def _contiguous(value: Any) -> Any:
    # What more a tensor is than its elements would be lost too, and is the matter of other rules.
    lone = is_dense_tensor(value) and not (value.requires_grad or vars(value))
    return value.contiguous() if lone and value.numel() < _MANY else value


def _copied(value: Any) -> Any:
    if type(value) is not dict or not any(map(is_tensor, value.values())):
        return value
    return {key: item.clone() if is_tensor(item) else item for key, item in value.items()}


def _zeros_for_non_leaves(value: Any) -> Any:
    if not is_tensor(value) or value.is_leaf:
        return value
    return value.detach() * 0


def _refuse_new_dtypes(value: Any) -> Any:
    known = is_dense_tensor(value) and str(value.dtype).removeprefix("torch.") in tensors.COMMON
    if is_dense_tensor(value) and not known:
        raise TypeError(f"tensors of {value.dtype} are not supported")
    return value


@dataclass(frozen=True, slots=True)
class _WithArguments:
    """A task that returns its arguments, as they are afterwards, beside its result."""

    task: Callable[..., Any]

    def __call__(self, *arguments: Any) -> Any:
        return self.task(*arguments), arguments


class _WritesBack(Spoiled):
    def apply_async(
        self, func: Callable[..., Any], args: Any = (), *more: Any, **options: Any
    ) -> Any:
        mine = [value for value in args if type(value) is list]
        return _WrittenBack(
            self.honest.apply_async(_WithArguments(func), args, *more, **options), mine
        )


class _WrittenBack(SpoiledResult):
    def __init__(self, honest: Any, mine: list[list[Any]]) -> None:
        super().__init__(honest)
        self._mine = mine

    def get(self, timeout: float | None = None) -> Any:
        value, arguments = self.honest.get(timeout)
        changed = [argument for argument in arguments if type(argument) is list]
        for own, other in zip(self._mine, changed, strict=True):
            own[:] = other
        return value


class _WipesAtClose(Spoiled):
    def __init__(self, options: OpenOptions) -> None:
        super().__init__(options)
        self._given: list[Any] = []

    def apply_async(self, *args: Any, **options: Any) -> Any:
        return _Noted(self.honest.apply_async(*args, **options), self._given)

    def close(self) -> None:
        self.honest.close()
        for tensor in filter(is_dense_tensor, self._given):
            tensor.untyped_storage().fill_(0)


class _Noted(SpoiledResult):
    def __init__(self, honest: Any, given: list[Any]) -> None:
        super().__init__(honest)
        self._given = given

    def get(self, timeout: float | None = None) -> Any:
        value = self.honest.get(timeout)
        if is_tensor(value):
            self._given.append(value)
        return value


class _ReusesDeviceMemory(Spoiled):
    def __init__(self, options: OpenOptions) -> None:
        super().__init__(options)
        self._given: list[Any] = []

    def apply_async(self, *args: Any, **options: Any) -> Any:
        for tensor in filter(spoiling.is_on_device, self._given):
            tensor.zero_()
        return _Noted(self.honest.apply_async(*args, **options), self._given)


class _SendsLater(Spoiled):
    def apply_async(self, *args: Any, **options: Any) -> Any:
        return _Later(lambda: self.honest.apply_async(*args, **options))


@dataclass(slots=True)
class _Later:
    send: Callable[[], Any]

    def get(self, timeout: float | None = None) -> Any:
        return self.send().get(timeout)


SABOTEURS = (
    bad_pool(
        "DATA-01",
        "pickles-items-apart",
        "The items of a list are sent in a pickle each.",
        "the argument arrived as",
        arrives(_items_apart),
    ),
    bad_pool(
        "DATA-02",
        "cuts-at-64-kib",
        "Bytes beyond 64 KiB are lost.",
        "argument of task",
        arrives(_cut),
    ),
    bad_pool(
        "DATA-03",
        "knows-one-nan",
        "Every NaN arrives as the same NaN.",
        "its content",
        arrives(_one_nan),
    ),
    bad_pool(
        "DATA-03",
        "forgets-offsets",
        "Views arrive as if they began at the start of their storage.",
        "its content",
        arrives(_no_offset),
    ),
    bad_pool(
        "DATA-03",
        "adds-zero",
        "0 is added to each element: -0.0 becomes 0.0, a signalling NaN a quiet one.",
        "its content",
        arrives(_plus_zero),
    ),
    bad_pool(
        "DATA-04",
        "drops-conj",
        "x.conj() arrives as x.",
        "with the conj bit: its content",
        arrives(_no_conj),
    ),
    bad_pool(
        "DATA-05",
        "drops-neg",
        "A negated view arrives without its sign.",
        "with the neg bit: its content",
        arrives(_no_neg),
    ),
    bad_pool(
        "DATA-06",
        "copies-each-tensor",
        "Each tensor of a message has a storage of its own.",
        "arrived as two storages",
        arrives(_copied),
    ),
    bad_pool(
        "DATA-07",
        "writes-back",
        "Lists that a task changed are changed in the caller.",
        "the caller's value changed",
        _WritesBack,
    ),
    bad_pool(
        "DATA-08",
        "wipes-at-close",
        "close() clears the memory of results that the caller still has.",
        "after close: its content",
        _WipesAtClose,
    ),
    bad_pool(
        "DATA-09",
        "sends-later",
        "Arguments are pickled when the result is asked for.",
        "as it was after the caller changed it",
        _SendsLater,
    ),
    bad_pool(
        "DATA-10",
        "detaches",
        "Tensors arrive detached, and Parameters as plain tensors.",
        "expected",
        arrives(_detached),
    ),
    bad_pool(
        "DATA-11",
        "makes-contiguous",
        "Tensors arrive contiguous.",
        "its stride is",
        arrives(_contiguous),
    ),
    bad_pool(
        "DATA-12",
        "sends-zeros-for-non-leaves",
        "A tensor with an autograd history arrives without an error, and without its values.",
        "its content",
        in_the_caller(_zeros_for_non_leaves),
    ),
    bad_pool(
        "DATA-43",
        "zeroes-cuda-tensors",
        "Tensors on a CUDA device arrive as zeros.",
        "its content",
        arrives(_zeros_on_device),
    ),
    bad_pool(
        "DATA-44",
        "drops-bits-of-cuda-tensors",
        "The conj and neg bits of tensors on a CUDA device are lost.",
        "bit: its content",
        arrives(_no_bits_on_device),
    ),
    bad_pool(
        "DATA-45",
        "reuses-cuda-memory",
        "The memory of CUDA results is given away with the next task.",
        "after other tasks: its content",
        _ReusesDeviceMemory,
    ),
    bad_pool(
        "DATA-13",
        "refuses-new-dtypes",
        "Tensors of dtypes without a typed storage class are refused.",
        "are not supported",
        arrives(_refuse_new_dtypes),
    ),
)
