"""The matrix is data: what it says is checked, and each cell runs or says why it cannot."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from poolproof_matrix import cell_run
from poolproof_matrix.cell_run import require_possible, run_cell
from poolproof_matrix.cells import LANES, Cell, load_cells, planned
from poolproof_matrix.cli import main
from poolproof_matrix.errors import MatrixError
from poolproof_matrix.layout import find_checkout

CELLS = find_checkout(Path(__file__).parent) / "matrix" / "cells.toml"
OWN = f"{sys.version_info.major}.{sys.version_info.minor}"
HERE = {"linux": "linux", "darwin": "macos", "win32": "windows"}[sys.platform]

GOOD = """
[[cells]]
id = "a-1"
system = "linux"
image = "ubuntu-24.04"
python = "3.11"
env = "linux"
pools = ["forkless"]
profile = "quick"
lane = "pr"
"""


def cell(**changes: Any) -> Cell:
    values: dict[str, Any] = {
        "id": "here", "system": HERE, "image": "some-1", "python": OWN, "env": "tests",
        "pools": ("forkless", "loky"), "profile": "quick", "lane": "pr",
    }  # fmt: skip
    return Cell(**{**values, **changes})


def test_the_cells_of_this_project_are_in_order() -> None:
    cells = load_cells(CELLS)
    assert {each.system for each in cells} == {"linux", "macos", "windows", "wine"}
    assert {each.lane for each in cells} == set(LANES)
    assert all(each.required for each in cells if each.lane == "pr")


def test_each_lane_holds_those_before_it() -> None:
    cells = load_cells(CELLS)
    lanes = [{each.id for each in planned(cells, lane)} for lane in LANES]
    for small, large in pairwise(lanes):
        assert small < large
    assert lanes[-1] == {each.id for each in cells}


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('"linux"\nimage', '"plan9"\nimage', "system is 'plan9', expected one of"),
        ('"pr"', '"hourly"', "lane is 'hourly'"),
        ('"quick"', '"slow"', "profile is 'slow'"),
        ('"a-1"', '"a b"', "becomes a file's name"),
        ("ubuntu-24.04", "ubuntu-latest", "'ubuntu-latest' changes"),
        ("python =", "pyhton =", "unknown ['pyhton'], missing ['python']"),
    ],
)
def test_a_wrong_cell_is_named_with_what_was_expected(
    old: str, new: str, says: str, tmp_path: Path
) -> None:
    (tmp_path / "cells.toml").write_text(GOOD.replace(old, new))
    with pytest.raises(MatrixError) as caught:
        load_cells(tmp_path / "cells.toml")
    assert says in str(caught.value)
    assert "cell '" in str(caught.value)


def test_two_cells_of_one_name_are_refused(tmp_path: Path) -> None:
    (tmp_path / "cells.toml").write_text(GOOD + GOOD)
    with pytest.raises(MatrixError, match="two cells are called 'a-1'"):
        load_cells(tmp_path / "cells.toml")


def test_a_lane_of_nothing_is_an_error_and_not_a_green_run() -> None:
    with pytest.raises(MatrixError, match="has 0 cells"):
        planned([cell(lane="weekly")], "pr")


def test_plan_prints_rows_for_a_matrix(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "--lane", "pr", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["id"] for row in rows] == [each.id for each in planned(load_cells(CELLS), "pr")]
    assert {"image", "python", "env", "pools", "profile", "minutes", "required"} <= rows[0].keys()


def test_plan_as_a_table_says_what_runs_here(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan"]) == 0
    said = capsys.readouterr().out
    assert f"{len(load_cells(CELLS))} cells" in said
    for each in load_cells(CELLS):
        assert f" {each.id} " in f" {said}".replace("\n", " ")


def test_plan_for_github_appends_rows_and_their_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = tmp_path / "output"
    output.write_text("before=1\n")
    monkeypatch.setenv("GITHUB_OUTPUT", str(output))
    assert main(["plan", "--lane", "merge", "--github"]) == 0
    before, rows, expected, experimental = output.read_text().splitlines()
    assert before == "before=1"
    found = json.loads(rows.removeprefix("rows="))
    assert expected == f"expected={sum(row['required'] for row in found)}"
    assert experimental == "experimental=linux-3.14"


def test_plan_for_github_needs_its_file(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("GITHUB_OUTPUT", raising=False)
    assert main(["plan", "--github"]) == 2
    assert "GITHUB_OUTPUT names no file" in capsys.readouterr().err


def test_an_unknown_cell_is_answered_with_those_there_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["run", "linux-2.7"]) == 2
    assert "no cell is called 'linux-2.7'; there are linux-3.10" in capsys.readouterr().err


def test_a_cell_of_another_system_says_so() -> None:
    other = "macos" if HERE != "macos" else "linux"
    with pytest.raises(MatrixError, match=f"needs {other}, and this is {HERE}"):
        require_possible(cell(system=other))


@pytest.mark.skipif(sys.platform != "linux", reason="a runner's processor is told on Linux alone")
def test_a_cell_of_another_processor_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cell_run.platform, "machine", lambda: "x86_64")
    with pytest.raises(MatrixError, match="needs arm64, and this is x86-64"):
        require_possible(cell(image="ubuntu-24.04-arm"))
    require_possible(cell(image="ubuntu-24.04"))


def test_a_cell_of_a_python_that_is_not_here_says_so() -> None:
    with pytest.raises(MatrixError, match=r"needs Python 2\.6"):
        require_possible(cell(python="2.6"))


class Steps:
    """What would be run; each step ends with the next of *codes*."""

    def __init__(self, *codes: int) -> None:
        self.codes = list(codes)
        self.run_as: list[list[str]] = []

    def __call__(self, step: list[str], **_: Any) -> subprocess.CompletedProcess[bytes]:
        self.run_as.append(step[1:])
        return subprocess.CompletedProcess(step, self.codes.pop(0))


def test_a_cell_is_its_tests_and_then_its_pools(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = Steps(0, 1)
    monkeypatch.setattr(cell_run.subprocess, "run", steps)
    assert run_cell(cell(), tmp_path, tmp_path / "out", judge_only=False) == 1

    def tox(env: str) -> list[str]:
        return ["-m", "tox", "run", "-x", f"testenv:{env}.base_python={OWN}", "-e", env]

    assert steps.run_as == [
        tox("tests"),
        [*tox("conform"), "--", "--pool", "forkless", "--pool", "loky", "--profile", "quick",
         "--out", str((tmp_path / "out").resolve()),
         "--database", str((tmp_path / "out" / "examples").resolve())],
    ]  # fmt: skip


def test_a_cell_whose_tests_fail_is_judged_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = Steps(3, 0)
    monkeypatch.setattr(cell_run.subprocess, "run", steps)
    assert run_cell(cell(), tmp_path, tmp_path / "out", judge_only=False) == 3
    assert len(steps.run_as) == 2


@pytest.mark.skipif(sys.platform != "linux", reason="Wine runs on Linux")
def test_a_wine_cell_judges_with_windows_python(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = Steps(0)
    monkeypatch.setattr(cell_run.subprocess, "run", steps)
    monkeypatch.setattr(cell_run, "require_linux_x86_64", lambda: None)
    wine = cell(system="wine", python="3.12")
    assert run_cell(wine, tmp_path, tmp_path / "out", judge_only=True) == 0
    assert steps.run_as[0][:8] == [
        "-m", "poolproof_matrix", "wine", "run", "--python", "3.12", "--", "-m",
    ]  # fmt: skip
