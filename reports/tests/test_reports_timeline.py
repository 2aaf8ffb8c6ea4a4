"""A timeline shows each operation once, in its process, from its call to its end."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from poolproof_reports.timeline import LEFT, MOST, WIDTH, timeline
from reports_strategies import JSON, TEXT

EVENTS = st.fixed_dictionaries(
    {
        "t_ns": st.integers(0, 2**62),
        "pid": st.integers(1, 4),
        "kind": st.sampled_from(["invoke", "ok", "fail", "info"]),
        "op": st.sampled_from(["map", "get"]),
        "key": st.integers(0, 2) | st.none(),
        "value": JSON,
    }
)


def event(t: int, kind: str, op: str = "get", pid: int = 1, key: Any = 0, value: Any = None) -> Any:
    return {"t_ns": t, "pid": pid, "kind": kind, "op": op, "key": key, "value": value}


@given(st.lists(EVENTS, min_size=1, max_size=150))
@settings(max_examples=50)
def test_all_lies_inside_the_picture_and_no_two_bars_overlap(history: list[Any]) -> None:
    drawn = timeline(history)
    assert drawn is not None
    assert drawn.left_out == max(0, len(history) - MOST)
    assert {lane.name for lane in drawn.lanes} == {
        f"process {each['pid']}" for each in sorted(history[-MOST:], key=lambda e: e["t_ns"])
    }
    boxes = [(bar.x, bar.x + bar.width, bar.y) for bar in drawn.bars]
    assert all(LEFT <= x < right <= WIDTH + 4 and 0 <= y < drawn.height for x, right, y in boxes)
    for x, right, y in boxes:
        overlapping = [b for b in boxes if b[2] == y and b[0] < right - 0.2 and x < b[1] - 0.2]
        assert len(overlapping) == 1
    assert all(LEFT <= tick.x <= WIDTH for tick in drawn.ticks)


def test_an_operation_lasts_from_its_call_to_its_own_end() -> None:
    history = [
        event(0, "invoke", key=1),
        event(10, "invoke", key=2),
        event(50, "fail", key=2, value="TimeoutError"),
        event(100, "ok", key=1, value=[3]),
    ]
    drawn = timeline(history)
    assert drawn is not None
    first, second = drawn.bars
    assert (first.end, first.said, first.x) == ("ok", "get 1 → [3]", LEFT)
    assert (second.end, second.said) == ("fail", 'get 2 → "TimeoutError"')
    assert first.width > 2 * second.width
    assert first.y != second.y
    assert drawn.milliseconds == 100 / 1e6


def test_an_operation_without_an_end_lasts_beyond_the_last_event() -> None:
    """A hang is seen, though the call that hangs is often the last thing that anybody saw."""
    drawn = timeline([event(0, "info", op="killed", pid=2), event(90, "invoke", op="get")])
    assert drawn is not None
    (bar,) = drawn.bars
    assert (bar.end, bar.x, bar.x + bar.width) == ("open", drawn.right, WIDTH)
    assert bar.label == "get 0"
    assert [lane.name for lane in drawn.lanes] == ["process 2", "process 1"]


@given(st.lists(st.dictionaries(TEXT | st.sampled_from(["t_ns", "pid", "kind"]), JSON), max_size=3))
@settings(max_examples=50)
def test_events_of_another_form_are_no_timeline_and_no_error(history: list[Any]) -> None:
    drawn = timeline(history)
    assert drawn is None or all(type(each.get("t_ns")) is int for each in history[-MOST:])


def test_an_empty_history_is_no_timeline() -> None:
    assert timeline([]) is None
    assert timeline([event(2**70, "invoke")]) is None
