"""The number of spares follows the bursts of late, whatever was asked for in which order."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from forkless.demand import BURST, REMEMBERED, Bounds, Demand, default_bounds
from hypothesis import given
from hypothesis import strategies as st


@dataclass
class Clock:
    """Time that passes when it is told to."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


bounds = st.builds(
    lambda floor, more: Bounds(floor, floor + more), st.integers(0, 5), st.integers(0, 8)
)
# Whole and half seconds: sums of them are exact, and many fall on the very edge of a window.
pauses = st.one_of(st.just(0.0), st.sampled_from([0.5, BURST, 60.0, REMEMBERED / 2, REMEMBERED]))


def widest_burst(starts: list[float], now: float) -> int:
    """By definition: every start that is remembered, and all that came shortly before it."""
    return max(
        (
            sum(start - BURST < earlier <= start for earlier in starts[: place + 1])
            for place, start in enumerate(starts)
            if start > now - REMEMBERED
        ),
        default=0,
    )


@given(bounds, st.lists(pauses, max_size=30), pauses)
def test_wish_is_the_widest_burst_remembered_between_floor_and_ceiling(
    within: Bounds, gaps: list[float], wait: float
) -> None:
    clock = Clock()
    demand = Demand(within, clock)
    starts = []
    for gap in gaps:
        clock.now += gap
        demand.note_start()
        starts.append(clock.now)
    clock.now += wait
    widest = widest_burst(starts, clock.now)
    assert demand.wished() == min(max(widest, within.floor), within.ceiling)


@given(bounds, st.lists(pauses, max_size=30))
def test_idle_demand_shrinks_to_the_floor_exactly_when_it_says(
    within: Bounds, gaps: list[float]
) -> None:
    clock = Clock()
    demand = Demand(within, clock)
    for gap in gaps:
        clock.now += gap
        demand.note_start()
    wakes = 0
    while (seconds := demand.seconds_until_less()) is not None:
        before = demand.wished()
        clock.now += seconds / 2
        assert demand.wished() == before, "the wish shrank before its time"
        clock.now += seconds / 2
        wakes += 1
    assert demand.wished() == within.floor
    assert wakes <= len(gaps)


@given(st.integers(0, 20), st.integers(0, 40))
def test_equal_bounds_fix_the_number(size: int, starts: int) -> None:
    demand = Demand(Bounds(size, size), Clock())
    for _ in range(starts):
        demand.note_start()
    assert demand.wished() == size
    assert demand.seconds_until_less() is None


def test_bounds_can_change_while_a_burst_is_remembered() -> None:
    demand = Demand(Bounds(1, 3), Clock())
    for _ in range(7):
        demand.note_start()
    assert demand.wished() == 3
    demand.bounds = demand.bounds.at_least(5)
    assert demand.wished() == 5
    demand.bounds = Bounds(2, 9)
    assert demand.wished() == 7


@pytest.mark.parametrize(("cores", "ceiling"), [(1, 8), (2, 8), (10, 20), (64, 32)])
def test_default_ceiling_follows_the_machine(
    monkeypatch: pytest.MonkeyPatch, cores: int, ceiling: int
) -> None:
    monkeypatch.setattr("forkless.limits.cores", lambda: cores)
    assert default_bounds() == Bounds(2, ceiling)
