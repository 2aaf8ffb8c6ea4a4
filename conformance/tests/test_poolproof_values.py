"""Descriptions are equal for equal values, and different for different ones."""

from __future__ import annotations

import json
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st
from poolproof.values import describe, describe_error

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: (
        st.lists(inner)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text() | st.integers(), inner)
        | st.frozensets(st.integers())
    ),
    max_leaves=12,
)


@given(VALUES)
def test_a_description_is_json_and_survives_pickling_of_the_value(value: object) -> None:
    text = json.dumps(describe(value), allow_nan=False)
    assert json.dumps(describe(pickle.loads(pickle.dumps(value)))) == text


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, True),
        (0, None),
        (0.0, -0.0),
        (1, 1.0),
        ("a", b"a"),
        (b"a", bytearray(b"a")),
        ([1], (1,)),
        ({1: 2}, {1: 3}),
        ({1: 1, 2: 2}, {2: 2, 1: 1}),
        ({1}, frozenset({1})),
        (ValueError(1), ValueError(2)),
        (ValueError(1), KeyError(1)),
    ],
)
def test_different_values_have_different_descriptions(one: object, other: object) -> None:
    assert json.dumps(describe(one)) != json.dumps(describe(other))


def test_aliasing_and_cycles_show() -> None:
    inner: list[object] = []
    twice, apart = [inner, inner], [[], []]
    assert describe(twice) != describe(apart)
    inner.append(inner)
    assert describe(inner) == {"list": [{"ref": 0}]}


def test_an_error_is_described_with_its_type_arguments_and_cause() -> None:
    error = KeyError("k", 1)
    error.__cause__ = RuntimeError("far away")
    described = describe_error(error)
    assert described["type"] == "builtins.KeyError"
    assert "builtins.LookupError" in described["bases"]
    assert described["args"] == ["k", 1]
    assert described["cause"] == "RuntimeError: far away"


class Unsayable(Exception):
    def __str__(self) -> str:
        raise ValueError("no text")

    __repr__ = __str__


def test_what_cannot_be_printed_is_described_too() -> None:
    error = Unsayable()
    error.__cause__ = Unsayable()
    described = describe_error(error)
    assert described["text"] == "<Unsayable, whose text raised ValueError>"
    assert described["cause"] == "Unsayable: <Unsayable, whose text raised ValueError>"
