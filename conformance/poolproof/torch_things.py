"""What torch has beside tensors, as data: small values, generators, modules, classes of one's own.

torch is imported by the functions that need it, and by nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from poolproof import tensors
from poolproof.plan import JSON
from poolproof.portraits import stranger
from poolproof.tensors import Spec, flat, quiet_torch

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

# Names in torch of which there is one object each.
_SINGLE = {
    "dtype": (*tensors.COMMON, "uint16", "float8_e4m3fn", "qint8"),
    "layout": ("strided", "sparse_coo", "sparse_csr", "sparse_bsc", "jagged"),
    "memory_format": ("contiguous_format", "channels_last", "channels_last_3d", "preserve_format"),
    "qscheme": ("per_tensor_affine", "per_channel_symmetric"),
}
_DEVICES = ("cpu", "cpu:0", "cuda", "cuda:1", "meta", "mps:0")


def small() -> SearchStrategy[Spec]:
    """Specifications of dtypes, devices, sizes, generators and the like: `{kind: content}`."""
    from hypothesis import strategies as st

    single = [st.builds(lambda n, k=k: {k: n}, st.sampled_from(_SINGLE[k])) for k in _SINGLE]
    lengths = st.lists(st.integers(0, 2**40), max_size=4)
    drawn = st.tuples(st.integers(0, 2**63 - 1), st.integers(0, 700)).map(list)
    return st.one_of(
        *single,
        st.sampled_from(_DEVICES).map(lambda name: {"device": name}),
        lengths.map(lambda sizes: {"Size": sizes}),
        # 624 is where a Mersenne Twister begins anew.
        drawn.map(lambda state: {"Generator": state}),
    )


def build_small(spec: Spec) -> Any:
    """The value that `spec` describes."""
    torch = quiet_torch()
    ((kind, content),) = spec.items()
    if kind in _SINGLE:
        return getattr(torch, content)
    if kind != "Generator":
        return getattr(torch, kind)(content)
    seed, drawn = content
    generator = torch.Generator().manual_seed(seed)
    torch.randint(9, (drawn,), generator=generator)
    return generator


def portrait_small(value: Any) -> JSON:
    """The type and text of a value, and whether it is torch's own; what a generator draws next."""
    torch = quiet_torch()
    told = {"type": type(value).__name__}
    if isinstance(value, torch.Generator):
        twin = torch.Generator()
        twin.set_state(value.get_state())
        return told | {"draws": torch.randint(1 << 30, (4,), generator=twin).tolist()}
    name = str(value).removeprefix("torch.")
    return told | {"text": repr(value), "torch's own": getattr(torch, name, None) is value}


def tagged(own: bool) -> SearchStrategy[Spec]:
    """Specifications of tensors with attributes, of a class of one's `own` or of torch's."""
    from hypothesis import strategies as st

    names = st.sampled_from(["label", "scale", "origin"])
    values = st.integers() | st.text(max_size=5) | st.lists(st.integers(0, 9), max_size=3)
    return st.builds(
        lambda spec, attributes: spec | {"own": own, "attributes": attributes},
        tensors.specs(grads=(None,)),
        st.dictionaries(names, values, min_size=1, max_size=3),
    )


def build_tagged(spec: Spec) -> Any:
    """The tensor that `spec` describes, with its attributes."""
    quiet_torch()
    from poolproof.tensors_own import Tagged

    tensor = tensors.build(spec)
    if spec["own"]:
        tensor = tensor.as_subclass(Tagged)
    vars(tensor).update(spec["attributes"])
    return tensor


def portrait_tagged(tensor: Any) -> JSON:
    """The portrait of a tensor, with its attributes."""
    told = tensors.portrait(tensor)
    return told | {"attributes": vars(tensor)} if isinstance(told, dict) else told


def modules() -> SearchStrategy[Spec]:
    """Specifications of small modules, and of their state."""
    from hypothesis import strategies as st

    return st.fixed_dictionaries(
        {
            "what": st.sampled_from(["module", "state"]),
            "width": st.integers(1, 5),
            "tied": st.booleans(),
            "training": st.booleans(),
            "frozen": st.booleans(),
            "dtype": st.just("float32"),
            "fill": st.just("random"),
            "seed": st.integers(0, 2**16),
        }
    )


def build_module(spec: Spec) -> Any:
    """The module that `spec` describes, or its state_dict()."""
    torch = quiet_torch()
    from poolproof.tensors_own import Tied

    module = Tied(spec["width"], spec["tied"]).train(spec["training"])
    with torch.no_grad():
        for number, part in enumerate(module.parameters()):
            filled = flat(spec | {"seed": spec["seed"] + number}, part.numel())
            part.copy_(filled.view(part.shape))
    module.first.bias.requires_grad_(not spec["frozen"])
    return module if spec["what"] == "module" else module.state_dict()


def portrait_module(value: Any) -> JSON:
    """All that a module, or its state, is made of, in order."""
    torch = quiet_torch()
    told: dict[str, JSON] = {"type": type(value).__name__}
    if isinstance(value, torch.nn.Module):
        named = [*value.named_parameters(remove_duplicate=False), *value.named_buffers()]
        told["training"] = [part.training for part in value.modules()]
        told["one weight"] = value.first.weight is value.last.weight
        told["settings"] = value.settings
        told["saved"] = list(value.state_dict())
    elif isinstance(value, dict):
        named = list(value.items())
        told["metadata"] = [[k, v] for k, v in getattr(value, "_metadata", {}).items()]
    else:
        return stranger(value)
    return told | {"tensors": [[name, tensors.portrait(tensor)] for name, tensor in named]}
