"""The order of accesses, on literal histories and against the closure of all single orders."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from poolproof.happens_before import Race, Step, races, steps
from poolproof.history import Event, History, Kind


def conflict(one: Step, other: Step) -> bool:
    accesses = {one.act, other.act}
    apart = one.process != other.process and one.what == other.what
    return apart and "write" in accesses <= {"read", "write"}


def ordered(found: Sequence[Step]) -> set[tuple[int, int]]:
    """All pairs of numbers of which the first happens before the second: nothing clever."""
    order = {
        (a, b)
        for a, b in itertools.combinations(range(len(found)), 2)
        if found[a].process == found[b].process
        or (found[a].act, found[b].act, found[a].what) == ("send", "receive", found[b].what)
    }
    for middle, first, last in itertools.product(range(len(found)), repeat=3):
        if {(first, middle), (middle, last)} <= order:
            order.add((first, last))
    return order


STEPS = st.builds(
    Step,
    st.sampled_from("pqr"),
    st.sampled_from(["read", "write", "send", "receive"]),
    st.sampled_from("xy"),
)


@settings(max_examples=400)
@given(st.lists(STEPS, max_size=9))
def test_races_are_the_conflicts_that_the_closure_of_all_orders_does_not_order(
    found: list[Step],
) -> None:
    number = {id(step): place for place, step in enumerate(found)}
    order = ordered(found)
    right = {
        (a, b)
        for a, b in itertools.combinations(range(len(found)), 2)
        if conflict(found[a], found[b]) and (a, b) not in order
    }
    told = {(number[id(race.earlier)], number[id(race.later)]) for race in races(found)}
    assert told <= right
    # Of several reads or writes of one process that race with an access, the last one is told.
    key = {(found[a].process, found[a].act, b) for a, b in right}
    assert {(found[a].process, found[a].act, b) for a, b in told} == key


def walk(text: str) -> list[Step]:
    """ "p write x, p send l": one step after the other."""
    return [Step(*words.split()) for words in text.split(", ")]


@pytest.mark.parametrize(
    "text",
    [
        "p write x, q read y",
        "p read x, q read x",
        "p write x, p read x",
        "p write x, p send l, q receive l, q read x",
        "p write x, p send l, q receive l, q send m, r receive m, r write x",
        "p send a, p write x, p send b, q receive b, q receive a, q read x",
        "p write x, p send b, q write y, q send b, p receive b, q receive b, p read y, q read x",
    ],
    ids=["two places", "two reads", "one process", "a lock", "hearsay", "older news", "a barrier"],
)
def test_right_programs_have_no_race(text: str) -> None:
    assert list(races(walk(text))) == []


@pytest.mark.parametrize(
    ("text", "first", "second"),
    [
        ("p write x, q read x", 0, 1),
        ("p read x, q write x", 0, 1),
        ("p write x, p send l, q receive m, q read x", 0, 3),
        ("p write x, q receive l, q read x, p send l", 0, 2),
        ("p send l, p write x, q receive l, q read x", 1, 3),
        ("p write x, p send l, p write x, q receive l, q read x", 2, 4),
    ],
    ids=["nothing", "a read", "another lock", "too early", "before", "one of two writes"],
)
def test_race_is_told(text: str, first: int, second: int) -> None:
    found = walk(text)
    assert list(races(found)) == [Race(found[first], found[second])]


def test_race_is_told_in_words() -> None:
    (race,) = races(walk("p write x, q read x"))
    assert str(race) == "nothing orders the read of x by q after the write of x by p"


def test_unknown_act_is_refused() -> None:
    with pytest.raises(ValueError, match="'peek': a step is one of read, receive, send, write"):
        Step("p", "peek", "x")


def test_steps_of_a_history_are_its_facts_of_that_name() -> None:
    events = [
        Event(1, 7, Kind.INFO, "write", ("slot", 1)),
        Event(2, 7, Kind.OK, "write", 2),
        Event(3, 8, Kind.INFO, "exitcodes", value=[0]),
        Event(4, 8, Kind.INFO, "receive", "lock"),
    ]
    assert steps(History(tuple(events))) == [
        Step(7, "write", ("slot", 1)),
        Step(8, "receive", "lock"),
    ]
