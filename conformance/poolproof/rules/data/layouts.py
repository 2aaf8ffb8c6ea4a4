"""Tensors that are not dense: sparse, quantized, nested, without memory, of vast shapes."""

from __future__ import annotations

from poolproof import portraits, tensors_rare, tensors_sparse
from poolproof.drivers import capabilities as can
from poolproof.rule import Kind, Level, Rule
from poolproof.rules.data import both_ways

_TORCH = frozenset({can.TORCH})
_AFTER = ("DATA-03",)
_SAME = both_ways.check(portraits.differ())

RULES = (
    Rule(
        id="DATA-14",
        title="Sparse tensors in coordinate format arrive as they are",
        level=Level.MUST,
        kind=Kind.POOL,
        demands="Indices and values arrive bit by bit, with shape, dtype and dense dimensions: "
        "without elements, in any order, with a cell twice. is_coalesced() answers as before.",
        source="https://docs.pytorch.org/docs/stable/sparse.html#sparse-uncoalesced-coo-docs",
        triage=(
            "coalesced on the way, or made dense and sparse again",
            "the coalesced flag is not among what is sent",
        ),
        plans=lambda: both_ways.plans(tensors_sparse.coordinates()),
        run=both_ways.sends(tensors_sparse.build_coordinates, tensors_sparse.portrait_sparse),
        check=_SAME,
        needs=_TORCH,
        after=_AFTER,
    ),
    Rule(
        id="DATA-15",
        title="Compressed sparse tensors arrive as they are",
        level=Level.MUST,
        kind=Kind.POOL,
        demands="CSR, CSC, BSR and BSC tensors, with batches, blocks and dense dimensions, keep "
        "their layout and shape, and the dtype and content of both indices and of the values.",
        source="https://docs.pytorch.org/docs/stable/sparse.html#sparse-compressed-tensors",
        triage=("indices of int32 made int64", "columns taken for rows", "another layout"),
        plans=lambda: both_ways.plans(tensors_sparse.compressed()),
        run=both_ways.sends(tensors_sparse.build_compressed, tensors_sparse.portrait_sparse),
        check=_SAME,
        needs=_TORCH,
        after=_AFTER,
    ),
    Rule(
        id="DATA-16",
        title="Quantized tensors keep their integers, scales and zero points",
        level=Level.SHOULD,
        kind=Kind.POOL,
        demands="Tensors of qint8, quint8 and qint32, quantized as a whole or by channel, arrive "
        "with their integers and their quantization parameters, as pickle and torch.save send "
        "them.",
        source="https://docs.pytorch.org/docs/stable/generated/torch.quantize_per_channel.html",
        triage=("sent as storage, offset, size and stride, without a quantizer",),
        plans=lambda: both_ways.plans(tensors_rare.quantized()),
        run=both_ways.sends(tensors_rare.build_quantized, tensors_rare.portrait_quantized),
        check=_SAME,
        needs=_TORCH,
        after=_AFTER,
    ),
    Rule(
        id="DATA-17",
        title="Nested tensors keep their components",
        level=Level.SHOULD,
        kind=Kind.POOL,
        demands="Nested tensors of the strided and of the jagged layout arrive with their layout "
        "and with each component bit by bit.",
        source="https://docs.pytorch.org/docs/stable/nested.html",
        triage=("made a padded tensor", "a buffer that is sent without the sizes of its parts"),
        plans=lambda: both_ways.plans(tensors_rare.nested()),
        # What jagged tensors import takes seconds in each process: one worker, and not two.
        run=both_ways.sends(tensors_rare.build_nested, tensors_rare.portrait_nested, workers=1),
        check=_SAME,
        needs=_TORCH,
        after=_AFTER,
    ),
    Rule(
        id="DATA-18",
        title="Tensors without memory stay without it",
        level=Level.SHOULD,
        kind=Kind.POOL,
        demands="Tensors on the meta device arrive there, with dtype, shape and strides.",
        source="https://docs.pytorch.org/docs/stable/meta.html",
        triage=("a data pointer is read that is not there", "memory allocated for it"),
        plans=lambda: both_ways.plans(tensors_rare.meta()),
        run=both_ways.sends(tensors_rare.build_meta, tensors_rare.portrait_meta),
        check=_SAME,
        needs=_TORCH,
        after=_AFTER,
    ),
    Rule(
        id="DATA-19",
        title="A shape beyond all memory arrives when its elements are few",
        level=Level.SHOULD,
        kind=Kind.POOL,
        demands="A tensor of 2**32 elements and more, all of them the same few in memory (an "
        "expanded one, with strides of 0), arrives with its shape and elements, as pickle and "
        "torch.save send it; so does one of such dimensions without any element.",
        source="https://docs.pytorch.org/docs/stable/generated/torch.Tensor.expand.html",
        triage=("contiguous() or clone() before sending", "sizes of 32 bits"),
        plans=lambda: both_ways.plans(tensors_rare.vast()),
        run=both_ways.sends(tensors_rare.build_vast, tensors_rare.portrait_vast),
        check=_SAME,
        needs=_TORCH,
        after=_AFTER,
    ),
    Rule(
        id="DATA-40",
        title="A sparse leaf keeps requires_grad",
        level=Level.SHOULD,
        kind=Kind.POOL,
        demands="A sparse tensor that requires gradients arrives as one that does, as a dense one "
        "does (DATA-10). torch's reducers and its __reduce_ex__ leave the flag out.",
        source="https://docs.pytorch.org/docs/stable/sparse.html",
        triage=("requires_grad is sent for dense tensors alone",),
        plans=lambda: both_ways.plans(tensors_sparse.coordinates(requires_grad=True)),
        run=both_ways.sends(tensors_sparse.build_coordinates, tensors_sparse.portrait_sparse),
        check=both_ways.check(portraits.differ("requires_grad")),
        needs=_TORCH,
        after=("DATA-10", "DATA-14"),
    ),
)
