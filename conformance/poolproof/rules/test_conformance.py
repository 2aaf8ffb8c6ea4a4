"""Collected by `pytest --pyargs poolproof.rules --pool ...`: one test a rule."""

from __future__ import annotations

from typing import Any

from poolproof.pytest_plugin import check


def test_rule(poolproof_case: Any, poolproof_runs: Any, record_property: Any) -> None:
    """The rule holds for the pool."""
    check(poolproof_case, poolproof_runs, record_property)
