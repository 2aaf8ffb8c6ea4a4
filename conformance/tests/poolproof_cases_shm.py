"""What the rules of SHM say of histories written by hand."""

from __future__ import annotations

from typing import Any

from poolproof.history import Event
from poolproof.verdict import Verdict

PLANS: dict[str, dict[str, Any]] = {}
CASES: list[tuple[str, Verdict, str, tuple[Event, ...]]] = []
