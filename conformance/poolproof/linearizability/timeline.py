"""A history as a picture: who did what when, what contradicts itself, how far an order went."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from importlib.resources import files

from .operations import NEVER, Answer, Operation, by_call

MOST = 120  # operations in one picture; of more, those nearest to the culprits
_WIDTH, _LEFT, _RIGHT, _ROW, _BAR = 1000.0, 130.0, 130.0, 36, 22
_NARROWEST = 4.0
_LETTER = 7.0  # pixels of a label's letter, on average
_MOST_LABELS = 40  # of more operations, only the culprits have labels


@dataclass(frozen=True)
class _Bar:
    """An operation in the picture, in pixels."""

    x: float
    y: int
    width: float
    label: str
    is_labelled: bool
    number: int  # its place in the order that was found; 0 if it has none
    is_culprit: bool
    is_open: bool


@dataclass(frozen=True)
class _Lane:
    """The line of one process; operations that overlap there lie below each other."""

    name: str
    y: int
    height: int


def timeline(operations: Iterable[Operation], answer: Answer, title: str = "") -> str:
    """An SVG image that stands alone, light or dark as its reader's system is.

    One line a process, one bar an operation, from its call to its end (faded if nobody saw that).
    Each call and end is a step to the right, whatever time is between them: what counts is who
    overlaps whom, and a pause of a millisecond would make all calls of a microsecond one line.
    The operations that cannot be ordered are marked; those of the order that a search has found
    (of an illegal history the longest) carry their places in it.
    """
    from jinja2 import Environment, select_autoescape

    every = by_call(operations)
    shown = _nearest(every, answer)
    lanes, bars = _laid_out(shown, answer)
    height = lanes[-1].y + lanes[-1].height if lanes else 0
    source = files(__package__).joinpath("timeline.svg.j2").read_text(encoding="utf-8")
    template = Environment(
        autoescape=select_autoescape(default=True), trim_blocks=True, lstrip_blocks=True
    ).from_string(source)
    return template.render(
        title=title or "history", why=answer.why, lanes=lanes, bars=bars, bar_height=_BAR,
        width=_WIDTH, left=_LEFT, height=height, left_out=len(every) - len(shown),
    )  # fmt: skip


def _nearest(operations: list[Operation], answer: Answer) -> list[Operation]:
    """At most MOST operations: those called nearest to the middle of the culprits."""
    if len(operations) <= MOST:
        return operations
    calls = [culprit.call for culprit in answer.culprits if abs(culprit.call) != NEVER]
    middle = sum(calls) / len(calls) if calls else operations[0].call
    culprits = [one for one in operations if one in answer.culprits]
    others = [one for one in operations if one not in answer.culprits]
    others.sort(key=lambda operation: abs(operation.call - middle))
    return by_call([*culprits, *others[: MOST - len(culprits)]])


def _laid_out(shown: list[Operation], answer: Answer) -> tuple[list[_Lane], list[_Bar]]:
    stamps = {one.call for one in shown} | {one.end for one in shown if one.ended}
    step = (_WIDTH - _LEFT - _RIGHT) / max(1, len(stamps) - 1)
    at = {stamp: _LEFT + number * step for number, stamp in enumerate(sorted(stamps))}
    places = {id(one): number for number, one in enumerate(answer.order, start=1)}
    lanes, bars, y = [], [], 0
    for process, mine in _by_process(shown).items():
        rows: list[float] = []  # where the last bar of each row ends, with its label
        for one in mine:
            is_culprit = one in answer.culprits
            is_labelled = is_culprit or len(shown) <= _MOST_LABELS
            x = at[one.call]
            width = max(at.get(one.end, _WIDTH) - x, _NARROWEST)
            row = next((n for n, taken in enumerate(rows) if taken <= x), len(rows))
            rows[row : row + 1] = [x + max(width, is_labelled * _LETTER * len(one.said))]
            bars.append(
                _Bar(
                    round(x, 1), y + row * _ROW, round(width, 1), one.said, is_labelled,
                    places.get(id(one), 0), is_culprit, not one.ended,
                )
            )  # fmt: skip
        lanes.append(_Lane(str(process), y, len(rows) * _ROW))
        y += len(rows) * _ROW
    return lanes, bars


def _by_process(operations: Iterable[Operation]) -> dict[Hashable, list[Operation]]:
    found: dict[Hashable, list[Operation]] = {}
    for operation in operations:
        found.setdefault(operation.process, []).append(operation)
    return dict(sorted(found.items(), key=lambda item: str(item[0])))
