"""Fixtures of the matrix' tests: whatever a test starts must be gone after it."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import psutil
import pytest


@pytest.fixture(autouse=True)
def _leaves_nothing_behind() -> Iterator[None]:
    """No process, thread or descriptor of a test outlives it."""
    me = psutil.Process()
    before = _state(me)
    yield
    after = _state(me)
    assert after == before, f"left behind: before {before}, after {after}"


def _state(me: psutil.Process) -> dict[str, object]:
    state: dict[str, object] = {
        "children": sorted(child.pid for child in me.children(recursive=True)),
        "threads": sorted(thread.name for thread in threading.enumerate()),
    }
    if hasattr(me, "num_fds"):  # Windows has handles, which Wine cannot count
        state["descriptors"] = me.num_fds()
    return state
