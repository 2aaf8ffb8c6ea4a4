"""What the reserve makes and ends next follows from demand, room and what already warms up."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import pytest
from forkless import limits, messages
from forkless.messages import Bounds, Device, Warm
from forkless.recipe import Preload, Recipe
from forkless.reserve import Held, Reserve, Spare
from forkless.room import MIB, NO_LIMIT, PRESUMED, Available, Room, room_for
from forkless.server import Peer, Server
from forkless.survey import Survey
from hypothesis import given
from hypothesis import strategies as st

RECIPE = Recipe("python", (), (), (), Preload(), None)
OTHER = replace(RECIPE, flags=("-O",))
GIB = 1024 * MIB

sizes = st.integers(MIB, 64 * GIB)


class Nobody:
    """A process that is none."""

    pid = 0


def spare(recipe: Recipe = RECIPE, ready: bool = True) -> Spare:
    return Spare(recipe, cast(Held, Nobody()), cast(Any, None), ready)


def reserve(floor: int, ceiling: int, spares: int = 0) -> Reserve:
    """A reserve that has been measured, and has no limit but its bounds."""
    made = Reserve(Bounds(floor, ceiling), clock=lambda: 0.0)
    made.aim(Warm(RECIPE, {}))
    made.fit(NO_LIMIT)
    made.spares = [spare() for _ in range(spares)]
    return made


@pytest.fixture
def eight_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "cores", lambda: 8)


@given(sizes, st.integers(0, 64), sizes)
def test_spares_are_made_up_to_a_quarter_and_kept_up_to_half(
    each: int, held: int, available: int
) -> None:
    room = room_for(each, held, Available(available, "here"))
    without = available + held * each
    assert room.keep * each <= without / 2 < (room.keep + 1) * each
    if room.make > 1:
        assert room.make * each <= without / 4
    assert (room.make + 1) * each > without / 4
    assert (room.make == 0) == (each > without / 2)
    assert room.make <= room.keep


@given(sizes, st.integers(0, 20), sizes, st.integers(0, 20))
def test_what_was_just_made_is_not_ended_and_what_was_ended_is_not_made_again(
    each: int, wished: int, total: int, held: int
) -> None:
    """Each step changes what is available, and with it the room, by as much as it took."""
    seen = []
    for _ in range(3):
        held = room_for(each, held, Available(total - held * each, "here")).size(wished, held)
        seen.append(held)
    assert seen[0] == seen[1] == seen[2]


def test_overdrawn_memory_leaves_no_room() -> None:
    room = room_for(50 * MIB, 2, Available(-GIB, "control group /a"))
    assert (room.make, room.keep) == (0, 0)
    assert "50 MiB a spare, 0 MiB available (control group /a)" in room.reason


def test_burst_widens_the_reserve_and_a_fixed_one_stays() -> None:
    follows, fixed = reserve(1, 5), reserve(2, 2)
    for each in (follows, fixed):
        for _ in range(9):
            each.follow(Warm(RECIPE, {}))
    assert (follows.size, fixed.size) == (5, 2)


def test_starts_that_no_spare_could_have_served_widen_nothing() -> None:
    follows = reserve(1, 5)
    for number in range(9):
        follows.follow(Warm(replace(RECIPE, flags=(f"-X{number}",)), {}))
    assert follows.size == 1


@pytest.mark.usefixtures("eight_cores")
def test_as_many_warm_up_at_once_as_half_the_cores() -> None:
    wide = reserve(20, 20)
    made = 0
    while wide.next_to_make(others_warming=0) is not None:
        wide.spares.append(spare(ready=False))
        made += 1
    assert made == 4


@pytest.mark.usefixtures("eight_cores")
@pytest.mark.parametrize(("others", "at_once"), [(0, 4), (2, 2), (4, 1), (100, 1)])
def test_processes_that_import_for_themselves_come_first_but_one_spare_may_always_warm_up(
    others: int, at_once: int
) -> None:
    wide = reserve(20, 20)
    for _ in range(at_once):
        assert wide.next_to_make(others) == wide.goal
        wide.spares.append(spare(ready=False))
    assert wide.next_to_make(others) is None


@pytest.mark.usefixtures("eight_cores")
def test_one_spare_of_a_kind_is_measured_before_others_are_made() -> None:
    wide = reserve(20, 20)
    wide.aim(Warm(OTHER, {}))
    assert wide.next_to_make(0) == Warm(OTHER, {})
    wide.spares.append(spare(OTHER, ready=False))
    assert wide.next_to_make(0) is None


def test_reserve_follows_another_recipe_from_its_second_time_in_a_row_on() -> None:
    kept = reserve(2, 2, spares=2)
    ours, others = Warm(RECIPE, {}), Warm(OTHER, {})
    for asked, goal in ((others, ours), (ours, ours), (others, ours), (others, others)):
        kept.follow(asked)
        assert kept.goal == goal


def test_first_recipe_that_is_asked_for_is_followed_at_once() -> None:
    empty = Reserve(Bounds(2, 2))
    empty.follow(Warm(OTHER, {}))
    assert empty.goal == Warm(OTHER, {})


def test_reserve_says_why_it_is_smaller_than_wished() -> None:
    capped = reserve(4, 4, spares=1)
    capped.fit(Room(make=1, keep=2, reason="capped by memory: here", measured=True))
    assert (capped.size, capped.wished, capped.reason) == (1, 4, "capped by memory: here")
    assert capped.next_to_make(0) is None
    assert capped.is_full(Warm(RECIPE, {}))
    assert not capped.is_full(Warm(OTHER, {}))
    capped.keep_at_least(2)  # asked anew, it is looked at anew
    assert not capped.is_full(Warm(RECIPE, {}))
    assert (capped.size, capped.reason) == (4, "")


def test_surplus_is_what_is_not_wished_for_not_fitting_or_without_room() -> None:
    shrunk = reserve(2, 2, spares=4)
    shrunk.spares.append(spare(OTHER))
    assert len(shrunk.surplus()) == 3
    shrunk.fit(Room(make=0, keep=1, reason="capped", measured=True))
    assert len(shrunk.surplus()) == 1
    assert len(shrunk.spares) == 1


def test_nothing_may_shrink_where_there_is_nothing() -> None:
    empty = reserve(1, 5)
    for _ in range(3):
        empty.follow(Warm(RECIPE, {}))
    assert empty.seconds_until_less() is None
    empty.spares = [spare()]
    assert empty.seconds_until_less() is not None
    empty.clear()
    assert empty.seconds_until_less() is None
    assert empty.short() is None


def test_survey_measures_the_first_warm_spare_of_each_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    measured = []

    def private_memory(pid: int) -> int:
        measured.append(pid)
        return 100 * MIB

    monkeypatch.setattr(limits, "private_memory", private_memory)
    monkeypatch.setattr(limits, "available_memory", lambda: Available(2 * GIB, "here"))
    survey = Survey()
    assert survey.room(RECIPE, [spare(ready=False)]) == room_for(
        None, 0, Available(2 * GIB, "here")
    )
    assert measured == []
    for _ in range(2):
        room = survey.room(RECIPE, [spare(), spare(ready=False)])
        assert room == room_for(100 * MIB, 1, Available(2 * GIB, "here"))
    assert len(measured) == 1
    assert not survey.room(OTHER, []).measured


def test_survey_measures_anew_when_spares_are_made_in_another_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Forked(Nobody):
        pid = 1

    sizes = {0: 150 * MIB, 1: 4 * MIB}
    monkeypatch.setattr(limits, "private_memory", sizes.get)
    monkeypatch.setattr(limits, "available_memory", lambda: Available(GIB, "here"))
    survey = Survey()
    forked = replace(spare(), process=cast(Held, Forked()))
    assert survey.room(RECIPE, [forked]) == room_for(4 * MIB, 1, Available(GIB, "here"))
    after = survey.room(RECIPE, [forked, spare()])
    assert after == room_for(150 * MIB, 2, Available(GIB, "here"))


def test_spares_with_a_cuda_context_are_limited_by_their_device(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "private_memory", lambda pid: 100 * MIB)
    monkeypatch.setattr(limits, "available_memory", lambda: Available(100 * GIB, "here"))
    survey = Survey()
    with_context = [spare() for _ in range(2)]
    for free, one in zip((8 * GIB, 7 * GIB), with_context, strict=True):
        one.device = Device(free, GIB)
    room = survey.room(RECIPE, with_context)
    assert room == room_for(GIB, 2, Available(7 * GIB, "its CUDA device"))
    assert room.make == 2
    # Whoever took them uses the device still: what was seen last holds until another one tells.
    assert survey.room(RECIPE, [spare(ready=False)]).make == 1
    assert survey.room(OTHER, []).make > 100


def test_system_that_tells_nothing_sets_no_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "available_memory", lambda: None)
    assert Survey().room(RECIPE, []) == NO_LIMIT


def test_spare_that_cannot_be_measured_takes_what_is_presumed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "private_memory", lambda pid: None)
    monkeypatch.setattr(limits, "available_memory", lambda: Available(GIB, "here"))
    room = Survey().room(RECIPE, [spare()])
    assert room == room_for(PRESUMED, 1, Available(GIB, "here"))
    assert room.measured


def test_server_makes_no_spare_while_a_caller_hands_over_to_one() -> None:
    server = Server(messages.Hello(0, "", Bounds(1, 1), messages.PROCESS), ())
    server._reserve.spares.append(spare())
    did: list[str] = []

    class Link:
        """The caller's, and the ends of the spare that it is given."""

        def give(self, *_: object) -> None:
            did.append("given")

        def poll(self, seconds: float) -> bool:
            did.append("silent" if server._orders.empty() else "crowded")
            return False

    link = cast(Any, Link())
    server._reserve.spares[0].ends = link
    server._start(Peer(link, 0), messages.Start(RECIPE, {}, daemon=False))
    assert did == ["given", "silent"]
    assert not server._orders.empty()
