"""Badges: how much of the rules a pool keeps, as a small SVG for its README."""

from __future__ import annotations

from dataclasses import dataclass

from poolproof_reports.summary import Cell, Standing
from poolproof_reports.templating import draw
from poolproof_reports.words import score

# Text in white on them has a contrast of 4.5 and more.
_COLOURS = {
    Standing.HELD: "#1a7145",
    Standing.KNOWN: "#5d4a9c",
    Standing.WARNED: "#8a5300",
    Standing.FAILED: "#b3261e",
    Standing.UNJUDGED: "#5c6370",
}
_LETTER = 6.6  # pixels, of the widest fonts that a reader may have
_MARGIN = 7


@dataclass(frozen=True, slots=True)
class _Field:
    text: str
    colour: str
    x: float

    @property
    def width(self) -> float:
        return round(len(self.text) * _LETTER + 2 * _MARGIN, 1)


def badge(cell: Cell, name: str = "poolproof") -> str:
    """An SVG image that stands alone: the name, and the rules held of those judged."""
    left = _Field(name, "#33383f", 0)
    right = _Field(score(cell) or "not judged", _COLOURS[cell.standing], left.width)
    return draw("badge.svg.j2", left=left, right=right, width=round(left.width + right.width, 1))
