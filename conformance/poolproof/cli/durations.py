"""Durations as people write them on a command line."""

from __future__ import annotations

import re

from poolproof.cli.errors import BadInput

_UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0}
_PART = re.compile(r"(\d+(?:\.\d+)?)([smh]?)")


def seconds(option: str, text: str) -> float:
    """The seconds of "90", "90s", "10m", "1.5h" or "1h30m".

    Raises:
        BadInput: it is no duration, or none at all.
    """
    parts = _PART.findall(text.replace(" ", ""))
    total = sum(float(number) * _UNITS[unit] for number, unit in parts)
    if "".join(number + unit for number, unit in parts) != text.replace(" ", "") or total <= 0:
        raise BadInput(f"{option} {text!r} is no duration; expected one such as 90s, 10m or 1h30m")
    return total
