"""A history tells operations, their ends and facts apart, and survives its way through JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from poolproof.history import Event, History, Kind, hashable

KEYS = st.recursive(
    st.none() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3).map(tuple),
    max_leaves=6,
)


@given(KEYS, st.sampled_from(Kind), st.lists(st.integers()))
def test_an_event_comes_back_from_json_as_it_was(key: Any, kind: Kind, value: list[int]) -> None:
    event = Event(5, 7, kind, "get", key, value)
    back = Event.from_json(json.loads(json.dumps(event.as_json())))
    assert back == event
    hash(back.key)


def test_an_event_as_json_has_the_names_of_its_fields() -> None:
    assert Event(5, 7, Kind.OK, "get", (1, (2,)), "v").as_json() == {
        "t_ns": 5,
        "pid": 7,
        "kind": "ok",
        "op": "get",
        "key": (1, (2,)),
        "value": "v",
    }
    assert hashable([1, [2]]) == (1, (2,))


@pytest.mark.parametrize("gone", ["key", "kind", "op"])
def test_an_event_without_a_field_is_none(gone: str) -> None:
    data = Event(5, 7, Kind.OK, "get").as_json()
    del data[gone]
    with pytest.raises((KeyError, TypeError)):
        Event.from_json(data)


HISTORY = History(
    (
        Event(1, 1, Kind.INVOKE, "get", 1),
        Event(2, 1, Kind.OK, "get", 1, "a"),
        Event(3, 1, Kind.FAIL, "get", 2, {"type": "E"}),
        Event(4, 1, Kind.OK, "get", 1, "b"),
        Event(5, 1, Kind.OK, "put", 1, "c"),
        Event(6, 1, Kind.INFO, "get", 1, "a fact"),
        Event(7, 1, Kind.INFO, "get", 1, None),
    )
)


def test_operations_and_their_ends_are_told_apart() -> None:
    assert len(HISTORY) == 7
    assert [e.t_ns for e in HISTORY] == [1, 2, 3, 4, 5, 6, 7]
    assert [e.t_ns for e in HISTORY.of("get")] == [1, 2, 3, 4, 6, 7]
    assert [e.t_ns for e in HISTORY.of("get", Kind.OK)] == [2, 4]
    assert HISTORY.ok("get") == {1: "b"}
    assert HISTORY.failures("get") == {2: {"type": "E"}}
    assert HISTORY.facts("get") == ["a fact", None]
    assert HISTORY.fact("get") is None
    assert (HISTORY.facts("put"), HISTORY.fact("put")) == ([], None)


def test_the_last_fact_of_several_counts() -> None:
    facts = [Event(n, 1, Kind.INFO, "pid", None, n) for n in range(3)]
    assert History(tuple(facts)).fact("pid") == 2


def test_an_empty_history_knows_nothing() -> None:
    nothing = History()
    assert (len(nothing), nothing.of("get"), nothing.ok("get"), nothing.fact("get")) == (
        0,
        (),
        {},
        None,
    )
