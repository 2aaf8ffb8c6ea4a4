"""A history as a picture: who did what when, one lane a process."""

from __future__ import annotations

import json
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field

from poolproof_reports.decoding import JsonObject, shorten

MOST = 120  # events in one picture: the last ones, where things went wrong
WIDTH, LEFT, ROW = 1000.0, 120.0, 26
_NARROWEST = 4.0
_BEYOND = 160.0  # pixels after the last event, for what never ended: a hang begins there
_LETTER = 7.3  # pixels of a letter inside a bar


@dataclass(frozen=True, slots=True)
class Bar:
    """An operation from its call to its end, in pixels; `end` is ok, fail, or open if unseen."""

    x: float
    y: int
    width: float
    end: str
    said: str

    @property
    def label(self) -> str:
        """As much of `said` as fits into the bar."""
        room = int((self.width - 8) / _LETTER)
        return shorten(self.said, room) if room > 3 else ""


@dataclass(frozen=True, slots=True)
class Tick:
    """A fact beside the operations, in pixels."""

    x: float
    y: int
    said: str


@dataclass(frozen=True, slots=True)
class Lane:
    """The line of one process."""

    name: str
    y: int
    height: int


@dataclass(frozen=True, slots=True)
class Timeline:
    """All of it; `left_out` events came before those that are shown."""

    lanes: tuple[Lane, ...]
    bars: tuple[Bar, ...]
    ticks: tuple[Tick, ...]
    height: int
    right: float  # where the last event is
    milliseconds: float
    left_out: int
    width: float = WIDTH
    left: float = LEFT
    row: int = ROW


@dataclass(slots=True)
class _Operation:
    """An operation as its events tell it; times in nanoseconds."""

    begin: int
    end: int | None  # None: nobody saw it
    end_kind: str
    said: str


def timeline(history: Sequence[JsonObject]) -> Timeline | None:
    """The picture of a history as poolproof records it; None for events of another form."""
    events = sorted(history[-MOST:], key=_time)
    if not events or not all(map(_is_event, events)):
        return None
    begin, last = events[0]["t_ns"], events[-1]["t_ns"]
    right = WIDTH - _BEYOND
    picture = _Picture(begin, (right - LEFT) / ((last - begin) or 1))
    for pid in dict.fromkeys(event["pid"] for event in events):
        picture.add(f"process {pid}", [event for event in events if event["pid"] == pid])
    return Timeline(
        lanes=tuple(picture.lanes),
        bars=tuple(picture.bars),
        ticks=tuple(picture.ticks),
        height=picture.y,
        right=right,
        milliseconds=(last - begin) / 1e6,
        left_out=len(history) - len(events),
    )


@dataclass(slots=True)
class _Picture:
    """The picture while it grows downwards, a lane a process."""

    begin: int
    scale: float
    lanes: list[Lane] = field(default_factory=list)
    bars: list[Bar] = field(default_factory=list)
    ticks: list[Tick] = field(default_factory=list)
    y: int = 0

    def add(self, name: str, events: Sequence[JsonObject]) -> None:
        """The lane of one process; operations that overlap there lie below each other."""
        rows: list[float] = []  # where the last bar of each row ends, in pixels
        for one in _operations(events):
            x = self._x(one.begin)
            right = WIDTH if one.end is None else max(self._x(one.end), x + _NARROWEST)
            row = next((n for n, taken in enumerate(rows) if taken <= x), len(rows))
            rows[row : row + 1] = [right]
            y = self.y + row * ROW
            self.bars.append(Bar(round(x, 1), y, round(right - x, 1), one.end_kind, one.said))
        for event in events:
            if event["kind"] == "info":
                self.ticks.append(Tick(round(self._x(event["t_ns"]), 1), self.y, _said(event)))
        height = max(1, len(rows)) * ROW
        self.lanes.append(Lane(name, self.y, height))
        self.y += height

    def _x(self, time: int) -> float:
        return LEFT + (time - self.begin) * self.scale


def _time(event: JsonObject) -> int:
    time = event.get("t_ns")
    return time if type(time) is int else -1


def _is_event(event: JsonObject) -> bool:
    known = type(event.get("pid")) is int and isinstance(event.get("kind"), str)
    return known and 0 <= _time(event) < 2**63


def _operations(events: Sequence[JsonObject]) -> list[_Operation]:
    """Invocations with the ends that belong to them."""
    waiting: dict[Hashable, _Operation] = {}
    found: list[_Operation] = []
    for event in events:
        key = (str(event.get("op")), json.dumps(event.get("key"), sort_keys=True))
        if event["kind"] == "invoke":
            waiting[key] = _Operation(event["t_ns"], None, "open", _said(event))
            found.append(waiting[key])
        elif event["kind"] in ("ok", "fail"):
            one = waiting.pop(key, None)
            if one is None:  # its call was seen by another process, or lies before the picture
                one = _Operation(event["t_ns"], event["t_ns"], "", "")
                found.append(one)
            one.end, one.end_kind = event["t_ns"], event["kind"]
            one.said = _said(event)
    return found


def _said(event: JsonObject) -> str:
    parts = [str(event.get("op", ""))]
    if event.get("key") is not None:
        parts.append(json.dumps(event["key"], ensure_ascii=False))
    if event.get("value") is not None:
        parts += ["→"] * (event["kind"] != "invoke")
        parts.append(json.dumps(event["value"], ensure_ascii=False))
    return shorten(" ".join(parts), 300)
