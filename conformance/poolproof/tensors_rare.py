"""Rarer tensors as data: quantized, nested, without memory, and of a shape beyond all memory."""

from __future__ import annotations

import math
import random
import warnings
from typing import TYPE_CHECKING, Any

from poolproof import tensors
from poolproof.plan import JSON
from poolproof.portraits import stranger
from poolproof.tensors import COMMON, Spec, flat, look, quiet_torch

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy
    from torch import Tensor

_LOOK_AT = 3  # elements at either end of each dimension of a vast tensor


def quantized() -> SearchStrategy[Spec]:
    """Specifications of quantized tensors; `axis` is None for one scale in all."""
    from hypothesis import strategies as st

    return st.fixed_dictionaries(
        {
            "dtype": st.sampled_from(["qint8", "quint8", "qint32"]),
            "shape": st.lists(st.integers(1, 4), min_size=1, max_size=3),
            "axis": st.none() | st.integers(0, 2),
            "seed": st.integers(0, 2**16),
        }
    )


def build_quantized(spec: Spec) -> Tensor:
    """The quantized tensor that `spec` describes."""
    torch = quiet_torch()
    rng = random.Random(spec["seed"])
    dtype, shape = getattr(torch, spec["dtype"]), spec["shape"]
    values = torch.tensor([rng.uniform(-9, 9) for _ in range(math.prod(shape))]).view(shape)
    with warnings.catch_warnings():  # it is deprecated, and still there
        warnings.simplefilter("ignore")
        if spec["axis"] is None:
            scale, zero = rng.uniform(0.1, 1), rng.randrange(9)
            return torch.quantize_per_tensor(values, scale, zero, dtype)
        axis = spec["axis"] % len(shape)
        scales = torch.tensor([rng.uniform(0.1, 1) for _ in range(shape[axis])])
        zeros = torch.tensor([rng.randrange(9) for _ in range(shape[axis])])
        return torch.quantize_per_channel(values, scales, zeros, axis, dtype)


def portrait_quantized(tensor: Any) -> JSON:
    """The integers of a quantized tensor, and how they are to be read."""
    torch = quiet_torch()
    if not isinstance(tensor, torch.Tensor) or not tensor.is_quantized:
        return stranger(tensor)
    if tensor.qscheme() is torch.per_tensor_affine:
        scale, zero, axis = tensor.q_scale(), tensor.q_zero_point(), None
    else:
        scale = tensor.q_per_channel_scales().tolist()
        zero = tensor.q_per_channel_zero_points().tolist()
        axis = tensor.q_per_channel_axis()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        integers = tensors.portrait(tensor.int_repr())
    return integers | {
        "dtype": str(tensor.dtype),
        "scheme": str(tensor.qscheme()),
        "scale": scale,
        "zero point": zero,
        "axis": axis,
    }


def nested() -> SearchStrategy[Spec]:
    """Specifications of nested tensors: `lengths` of components that share the dimensions `rest`.

    The layout is "strided" or "jagged".
    """
    from hypothesis import strategies as st

    return st.fixed_dictionaries(
        {
            "layout": st.sampled_from(["strided", "jagged"]),
            "dtype": st.sampled_from(["float32", "float64", "int64"]),
            "lengths": st.lists(st.integers(1, 5), min_size=1, max_size=4),
            "rest": st.lists(st.integers(1, 3), min_size=1, max_size=2),
            "fill": st.just("random"),
            "seed": st.integers(0, 2**16),
        }
    )


def build_nested(spec: Spec) -> Tensor:
    """The nested tensor that `spec` describes."""
    torch = quiet_torch()
    parts = [
        flat(spec | {"seed": spec["seed"] + n}, length * math.prod(spec["rest"])).view(
            length, *spec["rest"]
        )
        for n, length in enumerate(spec["lengths"])
    ]
    with warnings.catch_warnings():  # it says that it is a prototype
        warnings.simplefilter("ignore")
        made: Tensor = torch.nested.nested_tensor(parts, layout=getattr(torch, spec["layout"]))
    return made


def portrait_nested(tensor: Any) -> JSON:
    """The layout of a nested tensor and the portraits of its components."""
    torch = quiet_torch()
    if not isinstance(tensor, torch.Tensor) or not tensor.is_nested:
        return stranger(tensor)
    return {
        "type": type(tensor).__name__,
        "layout": str(tensor.layout),
        "dtype": str(tensor.dtype),
        "components": [tensors.portrait(part) for part in tensor.unbind()],
    }


def meta() -> SearchStrategy[Spec]:
    """Specifications of tensors on the meta device, which have a shape and no memory."""
    from hypothesis import strategies as st

    return st.fixed_dictionaries(
        {
            "dtype": st.sampled_from(COMMON),
            "shape": st.lists(st.integers(0, 2**12), max_size=4),
            "views": tensors.views(),
            "grad": st.just(False),
        }
    )


def build_meta(spec: Spec) -> Tensor:
    """The tensor without memory that `spec` describes."""
    torch = quiet_torch()
    whole = torch.empty(spec["shape"], dtype=getattr(torch, spec["dtype"]), device="meta")
    return look(whole, spec["views"])


def portrait_meta(tensor: Any) -> JSON:
    """All that there is of a tensor without memory."""
    torch = quiet_torch()
    if not isinstance(tensor, torch.Tensor):
        return stranger(tensor)
    return {
        "type": type(tensor).__name__,
        "device": str(tensor.device),
        "dtype": str(tensor.dtype),
        "shape": list(tensor.shape),
        "stride": tensors.strides(tensor),
        "requires_grad": tensor.requires_grad,
    }


def vast() -> SearchStrategy[Spec]:
    """Specifications of tensors whose shape is beyond any memory, and whose elements are few.

    To a small `shape`, `vast` dimensions are added: through a stride of 0, or without elements
    where the small shape has none. Each is `[where, the logarithm of its size]`.
    """
    from hypothesis import strategies as st

    one = st.tuples(st.integers(0, 3), st.integers(16, 22)).map(list)
    return st.fixed_dictionaries(
        {
            "dtype": st.sampled_from(COMMON),
            "shape": st.lists(st.integers(0, 4), max_size=2),
            "vast": st.lists(one, min_size=2, max_size=2),
            "fill": st.just("random"),
            "seed": st.integers(0, 2**16),
        }
    )


def build_vast(spec: Spec) -> Tensor:
    """The tensor that `spec` describes, of 2**32 elements and more, or of none."""
    tensor = flat(spec, math.prod(spec["shape"])).view(spec["shape"])
    for where, power in spec["vast"]:
        at = min(where, tensor.dim())
        tensor = tensor.unsqueeze(at).expand(*tensor.shape[:at], 2**power, *tensor.shape[at:])
    return tensor


def portrait_vast(tensor: Any) -> JSON:
    """The shape of a tensor, and the elements at its corners."""
    torch = quiet_torch()
    if not isinstance(tensor, torch.Tensor):
        return stranger(tensor)
    first = tensor[(slice(None, _LOOK_AT),) * tensor.dim()]
    last = tensor[(slice(-_LOOK_AT, None),) * tensor.dim()]
    corners = [tensors.portrait(corner)["sha256"] for corner in (first, last)]
    return {
        "type": type(tensor).__name__,
        "dtype": str(tensor.dtype),
        "shape": list(tensor.shape),
        "elements": corners,
    }
