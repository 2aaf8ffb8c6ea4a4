"""Tensors as data: every specification builds, and a portrait sees every single bit."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from hypothesis import given, settings
from poolproof import tensors
from poolproof.plan import canonical
from poolproof.portraits import difference

torch = pytest.importorskip("torch")

ALL = (*tensors.COMMON, *tensors.newer())
TRAITS = ("type", "dtype", "shape", "stride", "requires_grad", "sha256")
PLAIN: dict[str, Any] = {
    "dtype": "float32",
    "shape": [2, 3],
    "offset": 1,
    "views": [],
    "fill": "numbers",
    "seed": 1,
    "bit": None,
    "grad": None,
}

pytestmark = [pytest.mark.torch, pytest.mark.filterwarnings("ignore:ComplexHalf")]
quickly = settings(database=None)


def portrait(**changes: Any) -> Any:
    return tensors.portrait(tensors.build(PLAIN | changes))


@quickly
@given(tensors.specs(ALL))
def test_a_specification_is_json_and_builds_the_same_tensor_each_time(spec: Any) -> None:
    assert canonical(spec)
    first = tensors.portrait(tensors.build(spec))
    assert difference(tensors.portrait(tensors.build(spec)), first, TRAITS) == ""
    assert first["dtype"] == spec["dtype"]


@quickly
@given(tensors.specs(tensors.COMMON))
def test_pickle_keeps_the_portrait_of_common_dtypes(spec: Any) -> None:
    tensor = tensors.build(spec)
    copied = pickle.loads(pickle.dumps(tensor))
    assert not difference(tensors.portrait(copied), tensors.portrait(tensor), TRAITS)


@pytest.mark.parametrize("dtype", ALL)
def test_one_flipped_bit_of_any_dtype_is_seen(dtype: str) -> None:
    tensor = tensors.build(PLAIN | {"dtype": dtype, "fill": "random"})
    before = tensors.portrait(tensor)
    tensor.view(torch.uint8)[-1, -1] ^= 1
    assert "content" in difference(tensors.portrait(tensor), before, TRAITS)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64", "complex64"])
def test_special_values_hold_a_negative_zero_and_nans_of_several_payloads(dtype: str) -> None:
    tensor = tensors.build(PLAIN | {"dtype": dtype, "shape": [64], "fill": "special"})
    parts = torch.view_as_real(tensor).flatten() if tensor.is_complex() else tensor
    zeros = parts[parts == 0]
    nans = parts[parts.isnan()].contiguous().view(torch.uint8).view(-1, parts.element_size())
    assert zeros.signbit().any()
    assert len({bytes(nan.tolist()) for nan in nans}) == 3


@pytest.mark.parametrize("dtype", ["complex64", "complex128"])
@pytest.mark.parametrize("bit", ["conj", "neg"])
def test_a_portrait_shows_logical_values_with_the_bit_applied(dtype: str, bit: str) -> None:
    spec = PLAIN | {"dtype": dtype, "bit": bit}
    tensor = tensors.build(spec)
    assert tensor.is_conj() if bit == "conj" else tensor.is_neg()
    computed = tensor.resolve_conj().resolve_neg().clone()
    base = tensors.build(spec | {"bit": None})
    ignored = base if bit == "conj" else base.imag
    values = ("dtype", "shape", "sha256")
    assert not difference(tensors.portrait(computed), tensors.portrait(tensor), values)
    assert difference(tensors.portrait(ignored), tensors.portrait(tensor), values)


@pytest.mark.parametrize(
    ("changes", "trait"),
    [
        ({"dtype": "float64"}, "dtype"),
        ({"shape": [3, 2]}, "shape"),
        ({"views": [["transpose", 0, 1]]}, "shape"),
        ({"seed": 2}, "content"),
        ({"grad": "leaf"}, "requires_grad"),
        ({"grad": "parameter"}, "type"),
    ],
)
def test_a_difference_names_the_trait(changes: dict[str, Any], trait: str) -> None:
    assert trait in difference(portrait(**changes), portrait(), TRAITS)


def test_what_is_no_tensor_differs_from_every_tensor() -> None:
    assert "not a Tensor" in difference(tensors.portrait([1.0]), portrait(), TRAITS)


def test_strides_that_address_nothing_are_not_compared() -> None:
    one = tensors.portrait(torch.zeros(1, 3).as_strided((1, 3), (3, 1)))
    other = tensors.portrait(torch.zeros(1, 3).as_strided((1, 3), (77, 1)))
    assert one["stride"] == other["stride"] == [0, 1]
