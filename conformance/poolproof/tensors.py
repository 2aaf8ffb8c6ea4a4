"""Tensors as data: a specification that a plan can hold, the tensor built from it, its portrait.

torch is imported by the functions that need it, and by nothing else.
"""

from __future__ import annotations

import ctypes
import math
import random
from importlib import metadata
from typing import TYPE_CHECKING, Any, TypeAlias

from poolproof.plan import JSON
from poolproof.portraits import content, stranger

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy
    from torch import Tensor

Spec: TypeAlias = dict[str, JSON]

# What pickle carries in every torch that this suite supports.
COMMON = (
    *("bool", "uint8", "int8", "int16", "int32", "int64"),
    *("float16", "bfloat16", "float32", "float64", "complex64", "complex128"),
)
# Without a typed storage class: what Tensor.__reduce_ex__ makes of them cannot be unpickled.
# (AttributeError: type object 'torch.storage.UntypedStorage' has no attribute 'dtype'; torch 2.13)
_NEWER = {
    **dict.fromkeys(("uint16", "uint32", "uint64", "complex32"), (2, 3)),
    **dict.fromkeys(("float8_e4m3fn", "float8_e5m2", "float8_e4m3fnuz", "float8_e5m2fnuz"), (2, 3)),
    "float8_e8m0fnu": (2, 7),
}
_PARTS = {"complex32": "float16", "complex64": "float32", "complex128": "float64"}
_SIGNALLING_NAN = {  # a conversion on the way would make it quiet
    "float16": 0x7C01,
    "bfloat16": 0x7F81,
    "float32": 0x7F80_0001,
    "float64": 0x7FF0_0000_0000_0001,
}


def newer() -> tuple[str, ...]:
    """Names of the dtypes that the installed torch has beyond `COMMON`."""
    major, minor = metadata.version("torch").split(".")[:2]
    return tuple(name for name, since in _NEWER.items() if (int(major), int(minor)) >= since)


def specs(
    dtypes: tuple[str, ...] = COMMON,
    fills: tuple[str, ...] = ("random", "special", "numbers"),
    smallest: int = 0,
    bit: str | None = None,
    grads: tuple[str | None, ...] = (None,),
) -> SearchStrategy[Spec]:
    """Specifications of dense tensors.

    `shape` (0 to 4 dimensions of `smallest` to 5) starts at `offset` in its storage, is filled
    from `seed` as `fill` says, then looked at through `views`; `bit` ("conj", "neg", for complex
    dtypes) and `grad` ("leaf", "parameter", "non-leaf", for floating ones) come last.
    """
    from hypothesis import strategies as st

    return st.fixed_dictionaries(
        {
            "dtype": st.sampled_from(dtypes),
            "shape": st.lists(st.integers(smallest, 5), max_size=4),
            "offset": st.integers(0, 3),
            "views": views(),
            "fill": st.sampled_from(fills),
            "seed": st.integers(0, 2**16),
            "bit": st.just(bit),
            "grad": st.sampled_from(grads),
        }
    )


def views() -> SearchStrategy[JSON]:
    """Views to look through, one after the other: `[name, dimension, number]`, see `look`."""
    from hypothesis import strategies as st

    view = st.tuples(st.sampled_from(sorted(_VIEWS)), st.integers(0, 3), st.integers(0, 4))
    return st.lists(view.map(list), max_size=3)


def build(spec: Spec) -> Tensor:
    """The tensor that `spec` describes, the same bytes in every process, on its `device`.

    That is the CPU where the specification names none.
    """
    elements = flat(spec, spec["offset"] + math.prod(spec["shape"])).to(spec.get("device", "cpu"))
    tensor = look(elements[spec["offset"] :].view(spec["shape"]), spec["views"])
    return _GRADS[spec["grad"]](_BITS[spec["bit"]](tensor))


def look(tensor: Tensor, views: JSON) -> Tensor:
    """`tensor` through each of `views`; dimensions count round, and a view of none is itself."""
    for name, dimension, number in views:
        if tensor.dim():
            tensor = _VIEWS[name](tensor, dimension % tensor.dim(), number)
    return tensor


def portrait(tensor: Any) -> JSON:
    """What is compared of a tensor: type, device, dtype, shape, stride, grad flag, logical bytes.

    Logical bytes are those of the elements in order, the conj and neg bits applied; they are told
    as a SHA-256 and, for a person, as the first 16 of them in hexadecimal.
    """
    torch = quiet_torch()
    if not isinstance(tensor, torch.Tensor):
        return stranger(tensor)
    dense = tensor.detach().cpu().resolve_conj().resolve_neg().contiguous()
    size = dense.numel() * dense.element_size()
    raw = ctypes.string_at(dense.data_ptr(), size) if size else b""
    return {
        "type": type(tensor).__name__,
        "device": tensor.device.type,
        "dtype": str(tensor.dtype).removeprefix("torch."),
        "shape": list(tensor.shape),
        "stride": strides(tensor),
        "requires_grad": tensor.requires_grad,
        **content(raw),
    }


def strides(tensor: Tensor) -> list[int]:
    """Strides in elements; 0 where they mean nothing: dimensions of one element, no elements."""
    sizes = zip(tensor.stride(), tensor.shape, strict=True)
    return [stride if size > 1 and tensor.numel() else 0 for stride, size in sizes]


def quiet_torch() -> Any:
    """torch, on one thread."""
    import torch

    # A parent whose OpenMP team has started forks children that hang in libgomp when they start
    # theirs (https://github.com/benoitc/gunicorn/issues/2478): no team, no such hang.
    if torch.get_num_threads() != 1:
        torch.set_num_threads(1)
    return torch


def flat(spec: Spec, count: int) -> Tensor:
    """`count` elements of `spec["dtype"]`, filled from `spec["seed"]` as `spec["fill"]` says."""
    torch = quiet_torch()
    dtype = getattr(torch, spec["dtype"])
    if not count:
        return torch.empty(0, dtype=dtype)
    parts_name = str(_PARTS.get(spec["dtype"], spec["dtype"]))
    parts = getattr(torch, parts_name)
    rng = random.Random(spec["seed"])
    number = count * dtype.itemsize // parts.itemsize
    if spec["fill"] == "numbers":
        values = [rng.randrange(1, 100) for _ in range(number)]
        return torch.tensor(values, dtype=torch.float64).to(parts).view(dtype)
    width = parts.itemsize
    if spec["fill"] == "special":
        patterns = _special(parts_name, width)
        raw = b"".join(rng.choice(patterns) for _ in range(number))
    else:
        raw = rng.randbytes(number * width)
    if spec["dtype"] == "bool":
        raw = bytes(byte & 1 for byte in raw)
    return torch.frombuffer(bytearray(raw), dtype=torch.uint8).clone().view(dtype)


def _special(name: str, width: int) -> list[bytes]:
    """-0.0, quiet NaNs with a payload of either sign, the smallest denormal, a signalling NaN."""
    sign = 1 << (8 * width - 1)
    patterns = [sign, sign - 1, 2 * sign - 1, 1, _SIGNALLING_NAN.get(name, 0)]
    return [pattern.to_bytes(width, "little") for pattern in patterns]


_VIEWS: dict[str, Any] = {
    "transpose": lambda t, d, n: t.transpose(d, n % t.dim()),
    "step": lambda t, d, n: t[(slice(None),) * d + (slice(n, None, 1 + n % 3),)],
    "select": lambda t, d, n: t.select(d, n % t.shape[d]) if t.shape[d] else t,
    "expand": lambda t, d, n: t.unsqueeze(d).expand(*t.shape[:d], n, *t.shape[d:]),
    "windows": lambda t, d, n: t.unfold(d, 2, 1) if t.shape[d] > 2 else t,  # overlapping elements
}
_BITS: dict[str | None, Any] = {
    None: lambda t: t,
    "conj": lambda t: t.conj(),
    "neg": lambda t: t.conj().imag,  # a view of the imaginary parts that reads them negated
}
_GRADS: dict[str | None, Any] = {
    None: lambda t: t,
    "leaf": lambda t: t.requires_grad_(),
    "parameter": lambda t: quiet_torch().nn.Parameter(t),
    "non-leaf": lambda t: t.requires_grad_() * 1,
}
