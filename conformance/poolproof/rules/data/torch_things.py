"""What torch has beside plain tensors, and views that stand deep in their storage."""

from __future__ import annotations

from poolproof import portraits, tensors, tensors_views, torch_things
from poolproof.drivers import capabilities as can
from poolproof.plan import JSON
from poolproof.rule import Kind, Level, Rule
from poolproof.rules.data import both_ways
from poolproof.rules.data.dense import VALUES

_TORCH = frozenset({can.TORCH})
_AFTER = ("DATA-03",)
_SAME = both_ways.check(portraits.differ())


def _carried(got: JSON, want: JSON) -> str:
    size = got["storage"] if isinstance(got, dict) else 0
    if isinstance(got, dict) and size <= want["storage"] // 2:
        return ""
    return f"{size or got} bytes came; the sender's storage has {want['storage']}"


RULES = (
    Rule(
        id="DATA-23",
        title="dtypes, devices, sizes, layouts and generators arrive as they are",
        level=Level.MUST,
        kind=Kind.POOL,
        demands="What torch has one object of is that object on the other side: `dtype is "
        "torch.float32` holds. Devices and sizes are equal, and stay of their type. A generator "
        "goes on with the numbers it would have drawn.",
        source="https://docs.pytorch.org/docs/stable/tensor_attributes.html",
        triage=("a Size made a tuple", "a generator sent by its seed, without its state"),
        plans=lambda: both_ways.plans(torch_things.small(), 12),
        run=both_ways.sends(torch_things.build_small, torch_things.portrait_small),
        check=_SAME,
        needs=_TORCH,
        after=_AFTER,
    ),
    Rule(
        id="DATA-24",
        title="Modules and their state arrive whole, their shared weights shared",
        level=Level.MUST,
        kind=Kind.POOL,
        demands="Parameters, buffers (persistent or not), attributes and the training flag of a "
        "module arrive, in their order; layers that are tied to one weight stay tied. A "
        "state_dict() keeps its type, order, tensors and _metadata.",
        source="https://docs.pytorch.org/docs/stable/notes/serialization.html"
        "#saving-and-loading-torch-nn-modules",
        triage=(
            "each parameter sent on its own, so that a weight of two layers becomes two",
            "a state_dict copied into a plain dict",
        ),
        plans=lambda: both_ways.plans(torch_things.modules(), 3),
        run=both_ways.sends(torch_things.build_module, torch_things.portrait_module),
        check=_SAME,
        needs=_TORCH,
        after=("DATA-10",),
    ),
    Rule(
        id="DATA-30",
        title="A small view deep in a large storage arrives with its values",
        level=Level.MUST,
        kind=Kind.POOL,
        demands="A view of a few elements, strided or transposed, that begins at an element "
        "between 2**16 and 2**18 of its storage has the same dtype, shape and bytes on the other "
        "side.",
        source="https://docs.pytorch.org/docs/stable/tensor_view.html",
        triage=("an offset in bytes taken for one in elements, or cut", "only a part is sent"),
        plans=lambda: both_ways.plans(tensors_views.deep(), 3),
        run=both_ways.sends(tensors_views.build_deep, tensors.portrait),
        check=both_ways.check(portraits.differ(*VALUES)),
        needs=_TORCH,
        after=_AFTER,
    ),
    Rule(
        id="DATA-31",
        title="A small view of a large storage does not carry the storage",
        level=Level.MAY,
        kind=Kind.POOL,
        demands="The storage of the view that arrives has at most half the bytes of the sender's. "
        "(Pickle and torch.save send whole storages, and torch.multiprocessing shares them.)",
        source="https://docs.pytorch.org/docs/stable/notes/serialization.html"
        "#saving-and-loading-tensors-preserves-views",
        triage=("send what the view reaches, or a clone() of it",),
        plans=lambda: both_ways.plans(tensors_views.deep(), 3),
        run=both_ways.sends(tensors_views.build_deep, tensors_views.portrait_of_storage),
        check=both_ways.check(_carried),
        needs=_TORCH,
        after=("DATA-30",),
    ),
    Rule(
        id="DATA-32",
        title="A tensor of an application's own class stays of that class",
        level=Level.SHOULD,
        kind=Kind.POOL,
        demands="A tensor of a subclass of torch.Tensor arrives as one, with its values and with "
        "the attributes that it was given, as pickle and torch.save send it.",
        source="https://docs.pytorch.org/docs/stable/notes/extending.html#subclassing-torch-tensor",
        triage=("a reducer for torch.Tensor that is used for its subclasses too",),
        plans=lambda: both_ways.plans(torch_things.tagged(own=True)),
        run=both_ways.sends(torch_things.build_tagged, torch_things.portrait_tagged),
        check=both_ways.check(portraits.differ("type", "attributes", *VALUES)),
        needs=_TORCH,
        after=_AFTER,
    ),
    Rule(
        id="DATA-39",
        title="A tensor keeps the attributes that it was given",
        level=Level.MAY,
        kind=Kind.POOL,
        demands="What a program has set on a plain tensor (`x.label = ...`) arrives with it, as "
        "with pickle. torch.multiprocessing's reducers leave it behind.",
        source="https://github.com/pytorch/pytorch/blob/main/torch/_tensor.py",
        triage=("the __dict__ of the tensor is not among what is sent",),
        plans=lambda: both_ways.plans(torch_things.tagged(own=False)),
        run=both_ways.sends(torch_things.build_tagged, torch_things.portrait_tagged),
        check=both_ways.check(portraits.differ("attributes")),
        needs=_TORCH,
        after=_AFTER,
    ),
)
