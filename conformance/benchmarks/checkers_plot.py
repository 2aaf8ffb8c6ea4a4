"""Seconds over operations, both logarithmic, one line a checker: an SVG image that stands alone."""

from __future__ import annotations

import math
from collections.abc import Iterable
from xml.sax.saxutils import escape

_WIDTH, _HEIGHT, _LEFT, _BOTTOM, _RIGHT = 760, 460, 70, 60, 150
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")  # Okabe and Ito
_STYLE = (
    "text{font:13px sans-serif;fill:#222}line{stroke:#ccc}polyline{fill:none;stroke-width:2}"
    "@media(prefers-color-scheme:dark){text{fill:#ddd}line{stroke:#444}}"
)


def plot(points: Iterable[tuple[str, int, float]]) -> str:
    """The image of (checker, operations, seconds)."""
    lines: dict[str, list[tuple[float, float]]] = {}
    for name, operations, seconds in points:
        lines.setdefault(name, []).append((math.log10(operations), math.log10(max(seconds, 1e-4))))
    xs = [x for line in lines.values() for x, _ in line]
    ys = [y for line in lines.values() for _, y in line]
    across = _Scale(math.floor(min(xs)), math.ceil(max(xs)), _LEFT, _WIDTH - _RIGHT)
    up = _Scale(math.floor(min(ys)), math.ceil(max(ys)), _HEIGHT - _BOTTOM, 20)
    parts = [*_grid(across, up)]
    ends = sorted(lines, key=lambda name: -lines[name][-1][1])
    for number, (name, line) in enumerate(lines.items()):
        colour = _COLOURS[number % len(_COLOURS)]
        path = " ".join(f"{across(x):.1f},{up(y):.1f}" for x, y in line)
        parts.append(f'<polyline points="{path}" stroke="{colour}"/>')
        # Beside the end of the line, in the order of the ends, so that no two names meet.
        label_y = 40 + 22 * ends.index(name)
        parts.append(f'<rect x="{_WIDTH - _RIGHT + 16}" y="{label_y - 9}" width="10" height="10" '
                     f'fill="{colour}"/>')  # fmt: skip
        parts.append(f'<text x="{_WIDTH - _RIGHT + 32}" y="{label_y}">{escape(name)}</text>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">'
        f"<title>Seconds a checker takes, over the operations of a history</title>"
        f"<style>{_STYLE}</style>{''.join(parts)}</svg>\n"
    )


class _Scale:
    """From a decade to pixels."""

    def __init__(self, low: int, high: int, start: float, end: float) -> None:
        self.low, self.high = low, max(high, low + 1)
        self._start, self._end = start, end

    def __call__(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return self._start + share * (self._end - self._start)

    def decades(self) -> range:
        return range(self.low, self.high + 1)


def _grid(across: _Scale, up: _Scale) -> Iterable[str]:
    left, right = across(across.low), across(across.high)
    top, bottom = up(up.high), up(up.low)
    for decade in across.decades():
        x = across(decade)
        yield f'<line x1="{x}" y1="{top}" x2="{x}" y2="{bottom}"/>'
        yield f'<text x="{x}" y="{bottom + 20}" text-anchor="middle">{10**decade:,}</text>'
    for decade in up.decades():
        y = up(decade)
        yield f'<line x1="{left}" y1="{y}" x2="{right}" y2="{y}"/>'
        yield f'<text x="{left - 8}" y="{y + 4}" text-anchor="end">{10.0**decade:g} s</text>'
    middle = (left + right) / 2
    yield f'<text x="{middle}" y="{bottom + 44}" text-anchor="middle">operations</text>'
