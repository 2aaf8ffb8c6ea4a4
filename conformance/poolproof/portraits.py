"""Portraits: what is compared of a value too large, or too fine, to be told whole.

A portrait is a JSON object with the name of the value's "type". Content stands in it as "sha256"
and, for a person, as "head": its first bytes in hexadecimal.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from typing import Any

from poolproof.plan import JSON

_WORDS = {"sha256": "content (SHA-256)", "head": "content (first bytes, hexadecimal)"}


def content(raw: bytes) -> dict[str, JSON]:
    """What a portrait tells of bytes."""
    return {"head": raw[:16].hex(), "sha256": hashlib.sha256(raw).hexdigest()}


def stranger(value: Any) -> JSON:
    """What is told of a value that is of another type than was sent."""
    return f"{type(value).__name__} {value!r}"[:200]


def difference(got: JSON, want: JSON, traits: Iterable[str] = ()) -> str:
    """The first of `traits` (or of all) in which two portraits differ, in words; "" for none."""
    if not isinstance(got, dict):
        return f"{got} came, and not a {want['type']}"
    for trait in traits or [name for name in want if name != "head"]:
        if got.get(trait) != want[trait]:
            told = "head" if trait == "sha256" and got.get("head") != want["head"] else trait
            return f"its {_WORDS.get(told, told)} is {got.get(told)}, expected {want[told]}"
    return ""


def differ(*traits: str) -> Callable[[JSON, JSON], str]:
    """`difference` in these traits."""
    return lambda got, want: difference(got, want, traits)
