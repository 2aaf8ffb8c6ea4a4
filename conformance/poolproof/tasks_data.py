"""What workers run for rules of data integrity."""

from __future__ import annotations

import hashlib
import json
import random
from typing import Any

from poolproof import tensors
from poolproof.plan import JSON
from poolproof.values import describe


def seen(value: Any) -> tuple[str, Any]:
    """What the argument looks like here (as text, so that it arrives as told), and itself."""
    return json.dumps(describe(value)), value


def scribble(value: Any) -> int:
    """Change every list, dict, set and bytearray in reach; return how many there were."""
    return _scribble(value, {})


def _scribble(value: Any, done: dict[int, Any]) -> int:
    if id(value) in done:
        return 0
    done[id(value)] = value
    inside = list(value.values()) if isinstance(value, dict) else value
    within = (list, tuple, dict)
    count = sum(_scribble(item, done) for item in inside) if isinstance(value, within) else 0
    return count + _change(value)


def _change(value: Any) -> bool:
    if isinstance(value, (list, bytearray)):
        value.append(1)
    elif isinstance(value, dict):
        value["scribbled"] = True
    elif isinstance(value, set):
        value.add("scribbled")
    else:
        return False
    return True


def content(size: int, seed: int) -> bytes:
    """`size` bytes, the same for the same seed in every process."""
    return random.Random(seed).randbytes(size)


def digest(data: bytes) -> list[JSON]:
    """Type, length and SHA-256."""
    return [type(data).__name__, len(data), hashlib.sha256(data).hexdigest()]


def two_views(spec: tensors.Spec, views: JSON) -> dict[str, Any]:
    """A tensor and a part of it, not empty, seen through `views`: two tensors on one storage."""
    whole = tensors.build(spec)
    part = tensors.look(whole, views)
    return {"whole": whole, "part": part if part.numel() else whole.flatten()[-1:]}


def share_storage(message: dict[str, Any]) -> bool:
    """Does a write through the part show in the whole?"""
    part, whole = message["part"], message["whole"]
    before = whole.clone()
    part[(0,) * part.dim()] += 1
    return bool((before != whole).any())
