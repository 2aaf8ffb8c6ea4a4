"""Wrong pools for tensors that are not dense."""

from __future__ import annotations

import sys
from typing import Any

from poolproof.saboteurs.data.spoiling import arrives, is_tensor
from poolproof.saboteurs.honest import bad_pool

_MEMORY = 1 << 31  # elements, more than a small machine has room for


def _layout(value: Any) -> str:
    return str(value.layout).removeprefix("torch.") if is_tensor(value) else ""


def _coalesced(value: Any) -> Any:
    # A tensor that requires grad is left alone: the result would be none of its leaves.
    sparse = _layout(value) == "sparse_coo" and not value.requires_grad
    return value.coalesce() if sparse else value


def _wide_indices(value: Any) -> Any:
    if _layout(value) not in ("sparse_csr", "sparse_bsr"):
        return value
    torch = sys.modules["torch"]
    indices = value.crow_indices().long(), value.col_indices().long()
    return torch.sparse_compressed_tensor(
        *indices, value.values(), value.shape, layout=value.layout
    )


def _one_scale(value: Any) -> Any:
    if not (is_tensor(value) and value.is_quantized):
        return value
    torch = sys.modules["torch"]
    if value.qscheme() is torch.per_tensor_affine:
        return value
    scale = float(value.q_per_channel_scales()[0])
    return torch.quantize_per_tensor(value.dequantize(), scale, 0, value.dtype)


def _padded(value: Any) -> Any:
    return value.to_padded_tensor(0) if is_tensor(value) and value.is_nested else value


def _with_memory(value: Any) -> Any:
    if not (is_tensor(value) and value.device.type == "meta"):
        return value
    return sys.modules["torch"].zeros(()).expand(value.shape)


def _within_memory(value: Any) -> Any:
    if is_tensor(value) and not value.is_nested and value.numel() > _MEMORY:
        raise MemoryError(f"{value.numel()} elements")
    return value


def _without_grad(value: Any) -> Any:
    return value.detach() if _layout(value) == "sparse_coo" else value


SABOTEURS = (
    bad_pool(
        "DATA-14",
        "coalesces",
        "Sparse tensors arrive coalesced.",
        "expected",
        arrives(_coalesced),
    ),
    bad_pool(
        "DATA-15",
        "widens-indices",
        "The indices of CSR and BSR tensors arrive as int64.",
        "its line ends is ['int64'",
        arrives(_wide_indices),
    ),
    bad_pool(
        "DATA-16",
        "knows-one-scale",
        "Tensors quantized by channel arrive with the scale of their first channel.",
        "expected",
        arrives(_one_scale),
    ),
    bad_pool(
        "DATA-17",
        "pads-nested",
        "A nested tensor arrives as a padded one.",
        "came, and not a",
        arrives(_padded),
    ),
    bad_pool(
        "DATA-18",
        "gives-memory",
        "Tensors on the meta device arrive in memory.",
        "its device is cpu, expected meta",
        arrives(_with_memory),
    ),
    bad_pool(
        "DATA-19",
        "counts-elements",
        "Tensors of more than 2**31 elements are refused, however few lie in memory.",
        "MemoryError",
        arrives(_within_memory),
    ),
    bad_pool(
        "DATA-40",
        "detaches-sparse",
        "Sparse tensors arrive detached.",
        "its requires_grad is False, expected True",
        arrives(_without_grad),
    ),
)
