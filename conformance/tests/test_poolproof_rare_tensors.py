"""Rarer tensors, and what torch has beside tensors, as data."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from poolproof import tasks_data, tensors, tensors_rare, tensors_sparse, tensors_views, torch_things
from poolproof.plan import canonical
from poolproof.portraits import difference

torch = pytest.importorskip("torch")

pytestmark = [
    pytest.mark.torch,
    pytest.mark.filterwarnings("ignore:TypedStorage is deprecated", "ignore:Sparse"),
]
quickly = settings(database=None, max_examples=40)

# Drawn, built, portrayed. What torch's own pickling leaves out is no part of these.
KINDS: dict[str, tuple[Any, Callable[[Any], Any], Callable[[Any], Any]]] = {
    "coordinates": (
        tensors_sparse.coordinates(),
        tensors_sparse.build_coordinates,
        tensors_sparse.portrait_sparse,
    ),
    "compressed": (
        tensors_sparse.compressed(),
        tensors_sparse.build_compressed,
        tensors_sparse.portrait_sparse,
    ),
    "quantized": (
        tensors_rare.quantized(),
        tensors_rare.build_quantized,
        tensors_rare.portrait_quantized,
    ),
    "nested": (tensors_rare.nested(), tensors_rare.build_nested, tensors_rare.portrait_nested),
    "meta": (tensors_rare.meta(), tensors_rare.build_meta, tensors_rare.portrait_meta),
    "vast": (tensors_rare.vast(), tensors_rare.build_vast, tensors_rare.portrait_vast),
    "deep": (tensors_views.deep(), tensors_views.build_deep, tensors.portrait),
    "small": (torch_things.small(), torch_things.build_small, torch_things.portrait_small),
    "own": (
        torch_things.tagged(own=True),
        torch_things.build_tagged,
        torch_things.portrait_tagged,
    ),
    "tagged": (
        torch_things.tagged(own=False),
        torch_things.build_tagged,
        torch_things.portrait_tagged,
    ),
    "modules": (torch_things.modules(), torch_things.build_module, torch_things.portrait_module),
}
each_kind = pytest.mark.parametrize("kind", KINDS)


@each_kind
@quickly
@given(data=st.data())
def test_a_specification_builds_the_same_each_time_and_pickle_keeps_it(
    kind: str, data: Any
) -> None:
    specs, build, portrait = KINDS[kind]
    spec = data.draw(specs)
    value = build(spec)
    told = portrait(value)
    assert canonical({"spec": spec, "told": told})
    assert difference(portrait(build(spec)), told) == ""
    assert difference(portrait(value), told) == "", "to look at a value changes nothing"
    assert difference(portrait(pickle.loads(pickle.dumps(value))), told) == ""


@each_kind
def test_what_is_of_another_kind_has_no_portrait_of_this_one(kind: str) -> None:
    portrait = KINDS[kind][2]
    wanted = {"type": "Tensor", "dtype": "x", "text": "x", "tensors": []}
    assert difference(portrait(["no", "tensor"]), wanted)


COORDINATES: dict[str, Any] = {
    "dtype": "float32",
    "sparse": [3],
    "dense": [],
    "count": 4,
    "coalesced": False,
    "fill": "random",
    "seed": 1,
    "grad": False,
}


@pytest.mark.parametrize(
    ("change", "trait"),
    [
        (lambda t: t.coalesce(), "coalesced"),
        (lambda t: t.detach().requires_grad_(), "requires_grad"),
        (lambda t: t.double(), "dtype"),
        (lambda t: t * 2, "values"),
        (lambda t: t.transpose(0, 0).sparse_resize_((4,), 1, 0), "shape"),
        (lambda t: t.to_sparse_csr() if t.dim() == 2 else t.to_dense(), "came, and not"),
    ],
)
def test_each_trait_of_a_sparse_tensor_is_seen(change: Any, trait: str) -> None:
    before, after = (tensors_sparse.build_coordinates(COORDINATES) for _ in range(2))
    portrait = tensors_sparse.portrait_sparse
    assert trait in difference(portrait(change(after)), portrait(before))


def test_a_coalesced_tensor_has_its_cells_in_order_and_once() -> None:
    tensor = tensors_sparse.build_coordinates(COORDINATES | {"coalesced": True, "count": 8})
    assert tensor.is_coalesced()
    assert tensor.indices()[0].tolist() == sorted(set(tensor.indices()[0].tolist()))


def test_a_vast_tensor_has_a_shape_beyond_memory_and_few_bytes() -> None:
    spec = {"dtype": "float64", "shape": [2], "vast": [[0, 20], [1, 20]], "fill": "random"}
    tensor = tensors_rare.build_vast(spec | {"seed": 1})
    assert tensor.numel() == 2**41
    assert tensor.untyped_storage().nbytes() == 16


def test_a_tied_weight_that_became_two_is_seen() -> None:
    spec = {"what": "module", "width": 2, "tied": True, "training": True, "frozen": False}
    module = torch_things.build_module(spec | {"dtype": "float32", "fill": "random", "seed": 1})
    told = torch_things.portrait_module(module)
    module.last.weight = torch.nn.Parameter(module.first.weight.detach().clone())
    assert "one weight" in difference(torch_things.portrait_module(module), told)


def test_one_missing_tensor_of_a_crowd_is_seen() -> None:
    crowd = tasks_data.crowd({"count": 300, "lengths": 3})
    assert len({tensor.untyped_storage().data_ptr() for tensor in crowd if len(tensor)}) == 200
    told = tasks_data.portray_crowd(crowd)
    crowd[151], crowd[154] = crowd[154], crowd[151]
    assert "content" in difference(tasks_data.portray_crowd(crowd), told)
    assert "count" in difference(tasks_data.portray_crowd(crowd[:-1]), told)


def test_a_stamp_tells_whose_answer_a_tensor_is() -> None:
    answers = [
        tasks_data.answer(tasks_data.stamped({"number": number, "elements": 3}))
        for number in (100, 201)
    ]
    assert [tasks_data.stamp(answer)["number"] for answer in answers] == [100, 201]


def test_growing_a_tensor_keeps_its_old_elements() -> None:
    tensor = torch.arange(6).view(2, 3)
    assert tasks_data.grow(tensor) == tensors.portrait(torch.arange(6))
    assert tensor.tolist()[6:] == [1] * 6
