"""Tensors on a CUDA device, which only a handle to the memory of another process can share.

The device stands in the plan: `poolproof replay` with "cpu" for it rehearses a rule elsewhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolproof import tensors
from poolproof.drivers import capabilities as can
from poolproof.plan import Plan
from poolproof.rule import Kind as RuleKind
from poolproof.rule import Level, Rule
from poolproof.rules.data import both_ways, dense
from poolproof.stage.api import Stage

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

_COMPLEX = ("complex64", "complex128")
NEEDS = frozenset({can.CUDA, can.TORCH})
NOTES = "https://docs.pytorch.org/docs/stable/notes/multiprocessing.html#cuda-in-multiprocessing"


def on_device(specs: SearchStrategy[tensors.Spec]) -> SearchStrategy[tensors.Spec]:
    """The same tensors, on the CUDA device that is the current one."""
    return specs.map(lambda spec: spec | {"device": "cuda"})


def _plans(specs: SearchStrategy[tensors.Spec]) -> SearchStrategy[Plan]:
    return both_ways.plans(on_device(specs), 4, "tensors")


def _run(plan: Plan, stage: Stage) -> None:
    # A worker has a context of its own on the device, of some hundred MiB: one, and not two.
    both_ways.send(plan["tensors"], stage, stage.pool(1), tensors.build, tensors.portrait)


_CHECK = dense.check("device", *dense.VALUES, may_refuse=True)

RULES = (
    Rule(
        id="DATA-43",
        title="CUDA tensors arrive bit by bit, or are refused",
        level=Level.MUST,
        kind=RuleKind.POOL,
        demands="A tensor on a CUDA device arrives on one, with its dtype, shape and the bytes of "
        "its elements, views included. Where the system cannot share the memory of a device "
        "(Windows), that is an error at the caller of the task, and not a tensor of zeros.",
        source="https://github.com/pytorch/pytorch/issues/149155",
        triage=(
            "a handle that is opened where it means nothing, without an error",
            "the offset of a view, counted from the start of another allocation",
        ),
        plans=lambda: _plans(tensors.specs()),
        run=_run,
        check=_CHECK,
        needs=NEEDS,
        after=("RES-01",),
    ),
    Rule(
        id="DATA-44",
        title="CUDA tensors keep their conj and neg bits",
        level=Level.MUST,
        kind=RuleKind.POOL,
        demands="x.conj() and x.conj().imag of a tensor on a CUDA device arrive with their values, "
        "whether by the bit or by computing them before sending, or are refused.",
        source="https://github.com/pytorch/pytorch/issues/88294",
        triage=("torch's reducer for CUDA storages sends neither of the bits",),
        plans=lambda: _plans(_with_bits()),
        run=_run,
        check=_CHECK,
        needs=NEEDS,
        after=("DATA-43",),
    ),
)


def _with_bits() -> SearchStrategy[tensors.Spec]:
    conjugated, negated = (
        tensors.specs(_COMPLEX, ("numbers",), smallest=1, bit=bit) for bit in ("conj", "neg")
    )
    return conjugated | negated
