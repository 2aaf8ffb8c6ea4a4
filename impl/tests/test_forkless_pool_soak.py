"""A short soak: the script of impl/benchmarks, with fewer and smaller tasks."""

from __future__ import annotations

import multiprocessing
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.usefixtures("native_forkserver")


@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_every_task_and_byte_is_accounted_for(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(Path(__file__).parents[1] / "benchmarks")
    import soak

    plan = soak.Plan(400 if method == "fork" else 60, 20, 2, method, largest=1 << 18)
    account = soak.Soak(plan).run()
    assert account.faults(plan) == {}
    assert account.bytes_back > 0
    assert account.kills == plan.tasks // plan.kill_every


def test_the_account_sees_what_is_lost_wrong_or_run_twice() -> None:
    sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))
    try:
        import soak
    finally:
        sys.path.pop(0)
    plan = soak.Plan(4)
    account = soak.Account(right={0, 3}, wrong={1}, ran_twice={3}, unexplained={0}, workers_left=1)
    assert account.faults(plan) == {
        "lost": {2}, "wrong": {1}, "unexplained": {0}, "ran twice": {3}, "workers left": 1,
    }  # fmt: skip
