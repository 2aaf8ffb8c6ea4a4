"""The commands of the workflow do on this machine what they are to do on a runner."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from importlib import util
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from poolproof_matrix.cells import load_cells
from poolproof_matrix.layout import find_checkout

ROOT = find_checkout(Path(__file__).parent)

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="these jobs are for runners with Linux"),
    pytest.mark.xdist_group("workflow"),  # one clone for all
]


@pytest.fixture(scope="module")
def workflow() -> ModuleType:
    """The program; PyYAML, which it needs, is not on Windows Python under Wine."""
    spec = util.spec_from_file_location("poolproof_workflow", ROOT / "matrix" / "workflow.py")
    assert spec is not None
    assert spec.loader is not None
    module = util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its dataclasses look themselves up
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def runner(workflow: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Any:
    return workflow.Runner(tmp_path_factory.mktemp("workflow"))


@pytest.fixture
def carry_out(workflow: ModuleType, runner: Any) -> Callable[..., None]:
    """Carries out all commands of a job."""

    def job(name: str, **given: str) -> None:
        for step in workflow.steps(name, given):
            runner.carry_out(step)

    return job


def test_the_plan_job_tells_the_rows_of_its_lane_and_how_many(
    carry_out: Callable[..., None], runner: Any
) -> None:
    carry_out("plan", EVENT="pull_request", SCHEDULE="", CHOSEN="")
    output = runner.output.read_text(encoding="utf-8").splitlines()
    told = dict(line.split("=", 1) for line in output)
    rows = json.loads(told["rows"])
    wanted = [cell.id for cell in load_cells(ROOT / "matrix" / "cells.toml") if cell.lane == "pr"]
    assert [row["id"] for row in rows] == wanted
    assert int(told["expected"]) == len(wanted)


def test_the_report_job_adds_its_table_and_misses_a_cell_that_sent_none(
    workflow: ModuleType, carry_out: Callable[..., None], runner: Any
) -> None:
    pool = ["--pool", "threads", "--rule", "RES-02", "--out", "reports-of-cells/report-one"]
    judge = workflow.Step(f"poolproof run {' '.join(pool)}", None, {})
    runner.carry_out(judge)
    carry_out("report", EXPECTED="1", EXPERIMENTAL="")
    assert "threads" in runner.summary.read_text(encoding="utf-8")
    with pytest.raises(subprocess.CalledProcessError):
        carry_out("report", EXPECTED="2", EXPERIMENTAL="")


def test_a_job_asks_for_the_values_that_it_lacks(workflow: ModuleType) -> None:
    with pytest.raises(KeyError, match=r"matrix\.id"):
        workflow.steps("cell", {})
    (_, run) = workflow.steps("cell", {"matrix.id": "wine-3.11"})
    assert run.variables["CELL"] == "wine-3.11"


def test_a_variable_that_gets_no_value_is_left_out(workflow: ModuleType) -> None:
    """uv takes an empty UV_TORCH_BACKEND for a mistake."""
    (install, _) = workflow.steps("cell", {"matrix.id": "wine-3.11", "UV_TORCH_BACKEND": ""})
    assert "UV_TORCH_BACKEND" not in install.variables
