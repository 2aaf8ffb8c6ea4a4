"""Say whether this interpreter runs on the real system or on an emulation of it.

What an emulation cannot judge stands in `emulation.toml`:

[[not_judged]]
rule = "LIFE-07"                        # or a pattern: "START-*"
emulation = "wine-*"
reason = "console control events cannot be delivered without a console"
link = "https://..."
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


@cache
def emulation() -> str:
    """Return the emulator's name and version, such as ``"wine-8.0"``, or ``""`` on a real system.

    Wine answers to every question as Windows would; the one documented way to tell it apart is
    the extra export of its ntdll: https://gitlab.winehq.org/wine/wine/-/wikis/Developer-FAQ
    """
    if sys.platform != "win32":
        return ""
    import ctypes

    try:
        get_version = ctypes.WinDLL("ntdll").wine_get_version
    except AttributeError:
        return ""
    get_version.restype = ctypes.c_char_p
    return f"wine-{get_version().decode('ascii')}"


@dataclass(frozen=True, slots=True)
class NotJudged:
    """A rule, or several, that mean nothing on this emulation, and why."""

    rule: str
    emulation: str
    reason: str
    link: str


@cache
def not_judged() -> tuple[NotJudged, ...]:
    """The list.

    Raises:
        TypeError: an entry has not what it must, or more.
    """
    text = files("poolproof").joinpath("emulation.toml").read_text(encoding="utf-8")
    return tuple(NotJudged(**entry) for entry in tomllib.loads(text).get("not_judged", []))


def why_not_judged(rule_id: str) -> str:
    """Why this rule cannot be judged here; "" where it can: on every real system."""
    here = emulation()
    for entry in not_judged():
        if fnmatchcase(rule_id, entry.rule) and fnmatchcase(here, entry.emulation):
            return f"{here} cannot judge it: {entry.reason} ({entry.link})"
    return ""
