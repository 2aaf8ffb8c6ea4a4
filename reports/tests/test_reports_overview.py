"""Many runs as one table: what is missing is seen."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from poolproof_reports.__main__ import main
from poolproof_reports.results import Outcome, ResultFile, save
from reports_samples import hostile, whole_house


def well() -> ResultFile:
    """A run in which every rule held."""
    result = whole_house()
    subjects = [
        replace(
            subject,
            rules=tuple(
                replace(rule, outcome=Outcome.PASS, expected=(Outcome.PASS,), counterexample=None)
                for rule in subject.rules
            ),
        )
        for subject in result.subjects
    ]
    return replace(result, complete=True, interruption="", subjects=tuple(subjects))


def report(folder: Path, cell: str, result: ResultFile) -> None:
    (folder / f"report-{cell}").mkdir(parents=True)
    save(result, folder / f"report-{cell}" / "result.json")


def test_all_is_well_where_every_cell_reported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report(tmp_path, "linux-3.11", well())
    report(tmp_path, "macos-3.13", well())
    assert main(["overview", str(tmp_path), "--expected", "2"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("# ✅ every cell reported")
    for cell in ("linux-3.11", "macos-3.13"):
        rows = [line for line in said.splitlines() if line.startswith(f"| {cell} |")]
        assert len(rows) == len(well().subjects)
    widths = {line.count("|") for line in said.splitlines() if line.startswith("|")}
    assert len(widths) == 1


@pytest.mark.parametrize(
    ("result", "says"),
    [
        (whole_house(), "a: "),
        (replace(well(), complete=False, interruption="no time"), "a: stopped early: no time"),
    ],
)
def test_a_cell_that_is_not_well_is_named(
    result: ResultFile, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report(tmp_path, "a", result)
    report(tmp_path, "b", well())
    assert main(["overview", str(tmp_path), "--expected", "2"]) == 1
    said = capsys.readouterr().out
    assert said.startswith("# ❌")
    assert f"- {says}" in said
    assert "- b: " not in said


def test_a_cell_that_is_missing_is_no_success(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report(tmp_path, "a", well())
    assert main(["overview", str(tmp_path), "--expected", "2"]) == 1
    assert "- 1 report came, expected 2" in capsys.readouterr().out


def test_an_experimental_cell_is_shown_as_such_and_does_not_count(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report(tmp_path, "a", well())
    report(tmp_path, "new", whole_house())
    (tmp_path / "report-newer").mkdir()
    options = ["--expected", "1", "--experimental", "new newer newest"]
    assert main(["overview", str(tmp_path), *options]) == 0
    said = capsys.readouterr().out
    assert "| new (experimental) |" in said
    assert "| newer (experimental) | ? |" in said


def test_a_folder_without_a_whole_result_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "report-empty").mkdir()
    (tmp_path / "report-cut").mkdir()
    (tmp_path / "report-cut" / "result.json").write_text('{"schema": 1, ')
    assert main(["overview", str(tmp_path), "--expected", "2"]) == 1
    said = capsys.readouterr().out
    assert "- empty: 0 files called result.json" in said
    assert "- cut: " in said
    assert "not valid JSON" in said


def test_a_pool_that_means_harm_stays_inside_its_cell(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report(tmp_path, "a", hostile())
    main(["overview", str(tmp_path), "--expected", "1"])
    said = capsys.readouterr().out
    assert "<script" not in said
    widths = {line.count("|") for line in said.splitlines() if line.startswith("|")}
    assert len(widths) == 1


def test_no_folder_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["overview", str(tmp_path / "none"), "--expected", "1"]) == 2
    assert capsys.readouterr().err.count("\n") == 1
