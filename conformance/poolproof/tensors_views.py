"""Small views of large storages as data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from poolproof.plan import JSON
from poolproof.portraits import stranger
from poolproof.tensors import Spec, flat, quiet_torch

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy
    from torch import Tensor

STORAGE = 1 << 18  # elements; an offset cut to 16 bits shows


def deep() -> SearchStrategy[Spec]:
    """Specifications of views of up to 64 elements, `at` an element deep in a storage."""
    from hypothesis import strategies as st

    return st.fixed_dictionaries(
        {
            "dtype": st.sampled_from(["uint8", "int16", "float32", "int64"]),
            "at": st.integers(1 << 16, STORAGE - 1),
            "rows": st.integers(1, 4),
            "columns": st.integers(1, 16),
            "step": st.integers(1, 3),
            "transposed": st.booleans(),
            "fill": st.just("random"),
            "seed": st.integers(0, 3),
        }
    )


def build_deep(spec: Spec) -> Tensor:
    """The view that `spec` describes."""
    rows, columns, step = spec["rows"], spec["columns"], spec["step"]
    at = min(spec["at"], STORAGE - rows * columns * step)
    view = flat(spec, STORAGE).as_strided((rows, columns), (columns * step, step), at)
    return view.t() if spec["transposed"] else view


def portrait_of_storage(tensor: Any) -> JSON:
    """How many bytes the storage of a tensor has."""
    torch = quiet_torch()
    if not isinstance(tensor, torch.Tensor):
        return stranger(tensor)
    return {"type": type(tensor).__name__, "storage": tensor.untyped_storage().nbytes()}
