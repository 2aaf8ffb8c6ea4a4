"""Fixtures of the suite's own tests: whatever a test starts must be gone after it."""

from __future__ import annotations

import gc
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from hypothesis import HealthCheck, settings

_HERE = Path(__file__).parent

# On a busy machine an example of a millisecond takes longer than Hypothesis has patience for.
settings.register_profile(
    "unhurried", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("unhurried")


@pytest.fixture(autouse=True)
def _leaves_nothing_behind() -> Iterator[None]:
    """No process, thread or descriptor of a test outlives it."""
    me = psutil.Process()
    before = _state(me)
    yield
    gc.collect()  # multiprocessing.pool closes some of its pipes when it is collected
    after = _state(me)
    assert after == before, f"left behind: before {before}, after {after}"


def _state(me: psutil.Process) -> dict[str, object]:
    state: dict[str, object] = {
        "children": sorted(p.pid for p in me.children(recursive=True)),
        "threads": sorted(t.name for t in threading.enumerate()),
    }
    if hasattr(me, "num_fds"):  # Windows has handles, which Wine cannot count
        state["descriptors"] = me.num_fds()
    return state


@pytest.fixture
def _stage_finds_test_modules(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stages are processes of their own: they find the tests' helper modules by PYTHONPATH."""
    path = [str(_HERE), *filter(None, [os.environ.get("PYTHONPATH")])]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(path))
