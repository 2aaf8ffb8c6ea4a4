"""Sparse tensors as data: coordinates (COO) and the four compressed layouts."""

from __future__ import annotations

import itertools
import random
from typing import TYPE_CHECKING, Any

from poolproof.plan import JSON
from poolproof.portraits import stranger
from poolproof.tensors import COMMON, Spec, flat, portrait, quiet_torch

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy
    from torch import Tensor

COMPRESSED = ("sparse_csr", "sparse_csc", "sparse_bsr", "sparse_bsc")
_BY_ROW = ("sparse_csr", "sparse_bsr")
_FLOATS = ("float32", "float64")


def coordinates(requires_grad: bool = False) -> SearchStrategy[Spec]:
    """Specifications of COO tensors: `sparse` dimensions, then `dense` ones, `count` elements.

    Coalesced ones hold each cell at most once, in order; others in any order and repeatedly.
    """
    from hypothesis import strategies as st

    return st.fixed_dictionaries(
        {
            "dtype": st.sampled_from(_FLOATS if requires_grad else COMMON),
            "sparse": st.lists(st.integers(0, 4), min_size=1, max_size=3),
            "dense": st.lists(st.integers(0, 3), max_size=2),
            "count": st.integers(0, 8),
            "coalesced": st.booleans(),
            "fill": st.sampled_from(["random", "special"]),
            "seed": st.integers(0, 2**16),
            "grad": st.just(requires_grad),
        }
    )


def build_coordinates(spec: Spec) -> Tensor:
    """The COO tensor that `spec` describes."""
    torch = quiet_torch()
    rng = random.Random(spec["seed"])
    cells = list(itertools.product(*map(range, spec["sparse"])))
    chosen = [rng.choice(cells) for _ in range(spec["count"])] if cells else []
    if spec["coalesced"]:
        chosen = sorted(set(chosen))
    indices = torch.tensor(chosen, dtype=torch.int64).reshape(len(chosen), len(spec["sparse"])).t()
    tensor = torch.sparse_coo_tensor(
        indices,
        _values(spec, [len(chosen), *spec["dense"]]),
        spec["sparse"] + spec["dense"],
        is_coalesced=spec["coalesced"],
        check_invariants=True,
    )
    return tensor.requires_grad_() if spec["grad"] else tensor


def compressed() -> SearchStrategy[Spec]:
    """Specifications of compressed tensors: `count` blocks in a grid, the same in each batch."""
    from hypothesis import strategies as st

    pair = st.tuples(st.integers(1, 3), st.integers(1, 3)).map(list)
    return st.fixed_dictionaries(
        {
            "layout": st.sampled_from(COMPRESSED),
            "dtype": st.sampled_from(COMMON),
            "index": st.sampled_from(["int32", "int64"]),
            "batch": st.lists(st.integers(1, 2), max_size=2),
            "grid": st.tuples(st.integers(0, 4), st.integers(0, 4)).map(list),
            "block": pair,
            "dense": st.lists(st.integers(1, 3), max_size=1),
            "count": st.integers(0, 8),
            "fill": st.sampled_from(["random", "special"]),
            "seed": st.integers(0, 2**16),
        }
    )


def build_compressed(spec: Spec) -> Tensor:
    """The compressed tensor that `spec` describes."""
    torch = quiet_torch()
    rng = random.Random(spec["seed"])
    rows, columns = spec["grid"]
    lines, across = (rows, columns) if spec["layout"] in _BY_ROW else (columns, rows)
    count = min(spec["count"], rows * columns)
    batches = 1
    for size in spec["batch"]:
        batches *= size
    chosen = [sorted(rng.sample(range(lines * across), count)) for _ in range(batches)]
    ends = [[sum(cell < line * across for cell in c) for line in range(lines + 1)] for c in chosen]
    inner = [[cell % across for cell in cells] for cells in chosen]
    block = spec["block"] if "bs" in spec["layout"] else []
    height, width = block or (1, 1)
    index = getattr(torch, spec["index"])
    return torch.sparse_compressed_tensor(
        torch.tensor(ends, dtype=index).reshape(*spec["batch"], lines + 1),
        torch.tensor(inner, dtype=index).reshape(*spec["batch"], count),
        _values(spec, [*spec["batch"], count, *block, *spec["dense"]]),
        [*spec["batch"], rows * height, columns * width, *spec["dense"]],
        layout=getattr(torch, spec["layout"]),
        check_invariants=True,
    )


def portrait_sparse(tensor: Any) -> JSON:
    """What is compared of a sparse tensor: its own traits, and the portraits of what it holds."""
    torch = quiet_torch()
    if not isinstance(tensor, torch.Tensor) or tensor.layout is torch.strided:
        return stranger(tensor)
    told = {
        "type": type(tensor).__name__,
        "layout": str(tensor.layout),
        "dtype": str(tensor.dtype),
        "shape": list(tensor.shape),
        "dense dimensions": tensor.dense_dim(),
        "requires_grad": tensor.requires_grad,
    }
    tensor = tensor.detach()
    if tensor.layout is torch.sparse_coo:
        told["coalesced"] = tensor.is_coalesced()
        parts = {"indices": tensor._indices(), "values": tensor._values()}
    else:
        by_row = str(tensor.layout).removeprefix("torch.") in _BY_ROW
        ends = tensor.crow_indices() if by_row else tensor.ccol_indices()
        inner = tensor.col_indices() if by_row else tensor.row_indices()
        parts = {"line ends": ends, "inner indices": inner, "values": tensor.values()}
    return told | {name: _part(part) for name, part in parts.items()}


def _part(tensor: Tensor) -> list[JSON]:
    told = portrait(tensor)
    return [told["dtype"], told["shape"], told["head"], told["sha256"]]


def _values(spec: Spec, shape: list[int]) -> Tensor:
    count = 1
    for size in shape:
        count *= size
    return flat(spec, count).view(shape)
