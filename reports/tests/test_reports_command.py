"""`python -m poolproof_reports` and `write_all`: three files, or one line that says why not."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from poolproof_reports import write_all
from poolproof_reports.__main__ import main
from poolproof_reports.results import load, save
from reports_samples import hostile, whole_house


def test_write_all_writes_the_result_and_both_reports(tmp_path: Path) -> None:
    paths = write_all(whole_house(), tmp_path / "new" / "folder")
    assert sorted(paths) == ["report.html", "result.json", "summary.md"]
    assert sorted(p.name for p in (tmp_path / "new" / "folder").iterdir()) == sorted(paths)
    assert load(paths["result.json"]) == whole_house()
    assert paths["report.html"].read_text(encoding="utf-8").startswith("<!doctype html>")
    assert paths["summary.md"].read_text(encoding="utf-8").startswith("# ❌")


def test_output_that_was_no_utf8_is_written_all_the_same(tmp_path: Path) -> None:
    page = write_all(hostile(), tmp_path)["report.html"].read_text(encoding="utf-8")
    assert "\\udc80" in page or "�" in page


def test_render_makes_the_reports_of_a_result_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save(whole_house(), tmp_path / "result.json")
    assert main(["render", str(tmp_path / "result.json"), "--out", str(tmp_path / "site")]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert printed == [
        str(tmp_path / "site" / n) for n in ("result.json", "summary.md", "report.html")
    ]


def test_it_runs_as_a_module_and_teaches() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "poolproof_reports", "--help"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "examples:" in done.stdout
    assert "render poolproof-report/result.json --out site" in done.stdout


def test_schema_prints_the_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    assert json.loads(capsys.readouterr().out)["$ref"] == "#/$defs/ResultFile"


def test_what_cannot_be_rendered_is_one_line_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "broken.json").write_text('{"schema": 9}')
    (tmp_path / "taken").write_text("a file")
    save(whole_house(), tmp_path / "result.json")
    for arguments in (
        ["render", str(tmp_path / "missing.json"), "--out", str(tmp_path / "a")],
        ["render", str(tmp_path / "broken.json"), "--out", str(tmp_path / "a")],
        ["render", str(tmp_path / "result.json"), "--out", str(tmp_path / "taken")],
    ):
        assert main(arguments) == 2
        error = capsys.readouterr().err
        assert error.startswith("poolproof_reports: error: ")
        assert error.count("\n") == 1
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize(
    "arguments",
    [[], ["paint"], ["render"], ["render", "a.json"], ["site", "a.json"], ["compare", "a.json"]],
)
def test_bad_usage_is_one_line_and_exit_code_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "--help" in error


def test_reading_results_needs_the_standard_library_alone() -> None:
    """The engine and the pytest plugin import the schema; jinja2 is for those who render."""
    code = (
        "import sys; sys.modules['jinja2'] = sys.modules['markupsafe'] = None\n"
        "import poolproof_reports, poolproof_reports.results, poolproof_reports.summary\n"
        "import poolproof_reports.schema, poolproof_reports.markdown"
    )
    subprocess.run([sys.executable, "-c", code], timeout=60, check=True)
