"""Arrays as data: every specification builds, and a portrait sees every single bit."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from hypothesis import given, settings
from poolproof import arrays
from poolproof.plan import canonical
from poolproof.portraits import difference

numpy = pytest.importorskip("numpy")

VALUES = ("type", "dtype", "shape", "sha256")
PLAIN: dict[str, Any] = {
    "dtype": "f4",
    "shape": [2, 3],
    "order": "C",
    "views": [],
    "scalar": False,
    "aligned": False,
    "seed": 1,
}
quickly = settings(database=None)


def portrait(**changes: Any) -> Any:
    return arrays.portrait(arrays.build(PLAIN | changes))


@quickly
@given(arrays.specs() | arrays.special())
def test_a_specification_is_json_and_builds_the_same_array_each_time(spec: Any) -> None:
    assert canonical(spec)
    first = arrays.portrait(arrays.build(spec))
    assert difference(arrays.portrait(arrays.build(spec)), first) == ""


@pytest.mark.parametrize("protocol", [2, 4, 5])
@quickly
@given(spec=arrays.specs() | arrays.special())
def test_pickle_keeps_the_portrait(protocol: int, spec: Any) -> None:
    array = arrays.build(spec)
    copied = pickle.loads(pickle.dumps(array, protocol))
    assert difference(arrays.portrait(copied), arrays.portrait(array), VALUES) == ""


@quickly
@given(arrays.specs(smallest=1))
def test_one_flipped_bit_is_seen(spec: Any) -> None:
    array = arrays.build(spec).copy("C")
    before = arrays.portrait(array)
    array.reshape(-1).view("u1")[-1:] ^= 1
    assert array.size == 0 or "content" in difference(arrays.portrait(array), before)


@pytest.mark.parametrize(
    ("changes", "trait"),
    [
        ({"dtype": "f8"}, "dtype"),
        ({"dtype": "M8[s]"}, "dtype"),
        ({"shape": [3, 2]}, "shape"),
        ({"order": "F"}, "order"),
        ({"scalar": True}, "type"),
        ({"views": [["flip", 1, 0]]}, "content"),
        ({"dtype": [["a", "u1"], ["b", "f4"]], "aligned": True}, "dtype"),
        ({"seed": 2}, "content"),
    ],
)
def test_a_difference_names_the_trait(changes: dict[str, Any], trait: str) -> None:
    assert trait in difference(portrait(**changes), portrait())


def test_the_order_of_bytes_is_no_trait() -> None:
    other = arrays.build(PLAIN).astype(">f4")
    assert difference(arrays.portrait(other), portrait()) == ""
    swapped = other.view("<f4")
    assert "content" in difference(arrays.portrait(swapped), portrait())


def test_what_lies_between_the_fields_of_a_structure_is_no_trait() -> None:
    array = numpy.zeros(2, numpy.dtype([("a", "u1"), ("b", "f8")], align=True))
    before = arrays.portrait(array)
    array.view("u1")[1] = 7
    assert difference(arrays.portrait(array), before) == ""


def test_a_read_only_array_tells_so() -> None:
    array = arrays.build(PLAIN)
    assert arrays.portrait_after_write(array)["write"] == "1.0"
    array.flags.writeable = False
    assert "read-only" in arrays.portrait_after_write(array)["write"]
