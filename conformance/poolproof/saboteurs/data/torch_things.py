"""Wrong pools for modules, generators, views and tensors with attributes."""

from __future__ import annotations

import sys
from collections import OrderedDict
from typing import Any

from poolproof_reports.results import Outcome

from poolproof.saboteurs.data.spoiling import (
    arrives,
    in_the_caller,
    is_dense_tensor,
    is_plain_tensor,
    is_tensor,
)
from poolproof.saboteurs.honest import bad_pool

_BLOCK = 1 << 20  # bytes


def _is(value: Any, *names: str) -> bool:
    kind: Any = sys.modules.get("torch")
    for name in names:
        kind = getattr(kind, name, None)
    return kind is not None and isinstance(value, kind)


def _plain_tuple(value: Any) -> Any:
    return tuple(value) if _is(value, "Size") else value


def _reseeded(value: Any) -> Any:
    if not _is(value, "Generator"):
        return value
    return type(value)().manual_seed(value.initial_seed())


def _untied(value: Any) -> Any:
    if _is(value, "nn", "Module") and value.last.weight is value.first.weight:
        value.last.weight = type(value.last.weight)(value.first.weight.detach().clone())
    return value


def _without_metadata(value: Any) -> Any:
    return OrderedDict(value) if type(value) is OrderedDict else value


def _short_offset(value: Any) -> Any:
    if not is_dense_tensor(value) or value.storage_offset() < 1 << 16:
        return value
    return value.as_strided(value.shape, value.stride(), value.storage_offset() & 0xFFFF)


def _in_a_block(value: Any) -> Any:
    if not (is_plain_tensor(value) and 0 < value.numel() * value.element_size() <= _BLOCK):
        return value
    block = value.new_empty(_BLOCK // value.element_size())
    return block[: value.numel()].copy_(value.flatten()).view(value.shape)


def _of_the_base_class(value: Any) -> Any:
    if not is_tensor(value) or type(value).__name__ != "Tagged":
        return value
    return value.as_subclass(sys.modules["torch"].Tensor)


def _without_attributes(value: Any) -> Any:
    if is_tensor(value) and type(value).__name__ == "Tensor":
        vars(value).clear()
    return value


SABOTEURS = (
    bad_pool(
        "DATA-23",
        "makes-tuples-of-sizes",
        "A Size arrives as a tuple.",
        "its type is tuple, expected Size",
        arrives(_plain_tuple),
    ),
    bad_pool(
        "DATA-23",
        "reseeds-generators",
        "A generator arrives as it was when it was seeded.",
        "its draws is",
        arrives(_reseeded),
    ),
    bad_pool(
        "DATA-24",
        "unties-weights",
        "Layers of a module that share a weight arrive with one each.",
        "its one weight is False, expected True",
        arrives(_untied),
    ),
    bad_pool(
        "DATA-24",
        "forgets-metadata",
        "A state_dict() arrives without its _metadata.",
        "its metadata is []",
        arrives(_without_metadata),
    ),
    bad_pool(
        "DATA-30",
        "cuts-offsets-to-16-bits",
        "A view beyond element 65535 of its storage arrives from 65536 elements before.",
        "its content",
        in_the_caller(_short_offset),
    ),
    bad_pool(
        "DATA-31",
        "rounds-up-to-a-mebibyte",
        "Each tensor arrives in a storage of 1 MiB.",
        "1048576 bytes came",
        arrives(_in_a_block),
        Outcome.UNSUPPORTED,
    ),
    bad_pool(
        "DATA-32",
        "knows-one-class",
        "Tensors of other classes arrive as torch's own.",
        "its type is Tensor, expected Tagged",
        arrives(_of_the_base_class),
    ),
    bad_pool(
        "DATA-39",
        "drops-attributes",
        "Tensors arrive without the attributes that they were given.",
        "its attributes is {}",
        arrives(_without_attributes),
        Outcome.UNSUPPORTED,
    ),
)
