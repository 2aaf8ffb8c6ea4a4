"""Dense tensors: every trait of one tensor, as an argument and as a result."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from poolproof import portraits, tensors
from poolproof.drivers import capabilities as can
from poolproof.history import History
from poolproof.plan import Plan
from poolproof.rule import Kind as RuleKind
from poolproof.rule import Level, Rule
from poolproof.rules.data import both_ways
from poolproof.stage.api import Stage
from poolproof.verdict import Judgement

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

VALUES = ("dtype", "shape", "sha256")
_COMPLEX = ("complex64", "complex128")
_FLOATS = ("float16", "bfloat16", "float32", "float64")


def _tensors(specs: SearchStrategy[tensors.Spec]) -> SearchStrategy[Plan]:
    return both_ways.plans(specs, 8, "tensors")


def _run(plan: Plan, stage: Stage) -> None:
    both_ways.send(plan["tensors"], stage, stage.pool(), tensors.build, tensors.portrait)


def _run_apart(plan: Plan, stage: Stage) -> None:
    """For tensors that break some pools: no other plan shall suffer from it."""
    with stage.fresh_pool(1) as pool:
        both_ways.send(plan["tensors"], stage, pool, tensors.build, tensors.portrait)


def check(*traits: str, may_refuse: bool = False) -> Callable[[Plan, History], Judgement]:
    """A judge of these traits of every tensor, both ways."""
    return both_ways.check(portraits.differ(*traits), _told, may_refuse, "tensors")


def _told(spec: tensors.Spec) -> str:
    views = " ".join(f"{name}({d}, {n})" for name, d, n in spec["views"])
    traits = (
        f"a tensor of {spec['dtype']}, shape {spec['shape']}",
        f"offset {spec['offset']}" if spec["offset"] else "",
        f"seen through {views}" if views else "",
        f"with the {spec['bit']} bit" if spec["bit"] else "",
        spec["grad"] or "",
    )
    return ", ".join(filter(None, traits))


_REDUCTIONS = "https://github.com/pytorch/pytorch/blob/main/torch/multiprocessing/reductions.py"
_TORCH = frozenset({can.TORCH})
_AFTER = ("RES-01",)

RULES = (
    Rule(
        id="DATA-03",
        title="Dense tensors arrive bit by bit",
        level=Level.MUST,
        kind=RuleKind.POOL,
        demands="dtype, shape and the bytes of the elements are the same on the other side, NaN "
        "payloads, -0.0 and denormals included: for every dtype, for views of any stride and "
        "offset, for expanded and overlapping ones, without elements and without dimensions. "
        "(Dtypes that plain pickle cannot carry are the matter of DATA-13.)",
        source="https://docs.pytorch.org/docs/stable/tensor_view.html",
        triage=(
            "the storage offset, or strides other than those of a contiguous tensor",
            "a conversion on the way (numpy without bfloat16, lists of floats)",
            "a tensor of no elements, of no dimensions, with a stride of 0",
        ),
        plans=lambda: _tensors(tensors.specs()),
        run=_run,
        check=check(*VALUES),
        needs=_TORCH,
        after=_AFTER,
    ),
    Rule(
        id="DATA-04",
        title="A conjugated view arrives conjugated",
        level=Level.MUST,
        kind=RuleKind.POOL,
        demands="x.conj() sets a bit and leaves the memory as it is. What arrives has the values "
        "of x.conj(), whether by the bit or by computing them before sending.",
        source="https://github.com/pytorch/pytorch/issues/88294",
        triage=("storage, offset, size and stride are sent, the conj bit is not",),
        plans=lambda: _tensors(tensors.specs(_COMPLEX, ("numbers",), smallest=1, bit="conj")),
        run=_run,
        check=check(*VALUES),
        needs=_TORCH,
        after=("DATA-03",),
    ),
    Rule(
        id="DATA-05",
        title="A negated view arrives negated",
        level=Level.MUST,
        kind=RuleKind.POOL,
        demands="x.conj().imag sets a bit and leaves the memory as it is. What arrives has its "
        "values, whether by the bit or by computing them before sending.",
        source="https://github.com/pytorch/pytorch/issues/88294",
        triage=("storage, offset, size and stride are sent, the neg bit is not",),
        plans=lambda: _tensors(tensors.specs(_COMPLEX, ("numbers",), smallest=1, bit="neg")),
        run=_run,
        check=check(*VALUES),
        needs=_TORCH,
        after=("DATA-03",),
    ),
    Rule(
        id="DATA-10",
        title="A leaf keeps requires_grad, a Parameter stays a Parameter",
        level=Level.MUST,
        kind=RuleKind.POOL,
        demands="Leaves that require gradients, Parameters and plain tensors arrive with their "
        "type, their requires_grad and their values.",
        source="https://github.com/pytorch/pytorch/pull/10220",
        triage=("requires_grad is not among what is sent", "a Parameter rebuilt as a Tensor"),
        plans=lambda: _tensors(tensors.specs(_FLOATS, grads=("leaf", "parameter", None))),
        run=_run,
        check=check("type", "requires_grad", *VALUES),
        needs=_TORCH,
        after=("DATA-03",),
    ),
    Rule(
        id="DATA-11",
        title="Strides survive",
        level=Level.SHOULD,
        kind=RuleKind.POOL,
        demands="A dense tensor arrives with its strides, as pickle and torch.save keep them, so "
        "that memory formats (channels last, transposed matrices) are not lost on the way.",
        source="https://docs.pytorch.org/docs/stable/tensor_view.html",
        triage=("contiguous() before sending",),
        plans=lambda: _tensors(tensors.specs(smallest=2)),
        run=_run,
        check=check("stride"),
        needs=_TORCH,
        after=("DATA-03",),
    ),
    Rule(
        id="DATA-12",
        title="A tensor with an autograd history is refused, or arrives with its values",
        level=Level.MUST,
        kind=RuleKind.POOL,
        demands="A non-leaf that requires gradients cannot be sent with its history. It is an "
        "error at the caller of that task, or arrives with its values; it is never a hang.",
        source=_REDUCTIONS,
        triage=("the error of a pickler in a feeder thread, or in the worker, reaches nobody",),
        plans=lambda: _tensors(tensors.specs(_FLOATS, ("numbers",), grads=("non-leaf",))),
        run=_run_apart,
        check=check(*VALUES, may_refuse=True),
        needs=_TORCH,
        after=("DATA-03",),
    ),
    Rule(
        id="DATA-13",
        title="Tensors of every dtype arrive bit by bit",
        level=Level.SHOULD,
        kind=RuleKind.POOL,
        demands="Tensors of the dtypes without a typed storage class (uint16, uint32, uint64, "
        "complex32, float8) arrive as others do. torch's reductions carry them; what plain pickle "
        "makes of them cannot be unpickled, which some pools survive and others do not.",
        source=_REDUCTIONS,
        triage=(
            "Tensor.__reduce_ex__ sends an UntypedStorage that cannot be unpickled",
            "an error while unpickling, in the worker or in the caller, that reaches nobody",
        ),
        plans=lambda: _tensors(tensors.specs(tensors.newer())),
        run=_run_apart,
        check=check(*VALUES),
        needs=_TORCH,
        after=("DATA-03",),
    ),
)
