"""The model of a pool's life: what it says must come of steps, and which it calls legal."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from poolproof.catalogue import find
from poolproof.plan import Plan
from poolproof.rules.res.life_model import END, Ends, Expected, Life, State

REFUSED = Expected(Ends.REFUSED)


def lived(*steps: list[object]) -> tuple[Life, list[Expected]]:
    life = Life()
    return life, [life.take(step) for step in steps]


def test_results_can_be_read_again_also_when_it_is_closed() -> None:
    _, ends = lived(["submit", 4], ["fail", 5], ["close"], ["read", 1], ["read", 0], ["read", 0])
    assert ends[3:] == [Expected(Ends.ERROR, 5), Expected(Ends.VALUE, 4), Expected(Ends.VALUE, 4)]


@pytest.mark.parametrize("end", [["close"], ["terminate"]])
def test_new_work_is_refused_after_the_end_and_cannot_be_read(end: list[object]) -> None:
    life, ends = lived(end, ["submit", 4], ["map", 2])
    assert ends[1:] == [REFUSED, REFUSED]
    assert not life.submitted


def test_an_imap_gives_its_items_then_ends_and_leaves_room_for_another() -> None:
    life, ends = lived(["imap", 2], ["next"], ["next"])
    assert "imap" not in life.choices()
    assert ends[1:] == [Expected(Ends.ITEM, [0, 1])] * 2
    assert life.take(["next"]) == Expected(Ends.VALUE, END)
    assert "imap" in life.choices()
    assert "next" not in life.choices()


def test_after_a_kill_everything_may_be_refused_and_no_imap_is_open() -> None:
    life, ends = lived(["submit", 4], ["imap", 2], ["kill"], ["read", 0])
    assert ends[3] == Expected(Ends.VALUE, 4, or_refused=True)
    assert not ends[0].or_refused
    assert not {"imap", "next"} & set(life.choices())


@settings(max_examples=100, database=None)
@given(plan=find("RES-31").plans())
def test_drawn_lives_are_legal_and_end(plan: Plan) -> None:
    life = Life()
    for step in plan["steps"]:
        assert step[0] in [*life.choices(), "kill", "close", "terminate"]
        life.take(step)
    assert life.wounded
    assert life.state is not State.OPEN
