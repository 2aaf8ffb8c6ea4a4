"""`poolproof report` makes pages of results, and knows what the rules demand."""

from __future__ import annotations

from pathlib import Path

import pytest
from poolproof import cli
from poolproof.catalogue import rules


def judged(folder: Path) -> Path:
    """The folder of a run of one rule."""
    assert cli.main(["run", "--pool", "threads", "--rule", "RES-01", "--out", str(folder)]) == 0
    return folder


def test_the_page_of_a_rule_says_what_it_demands(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = judged(tmp_path / "run")
    assert cli.main(["report", "site", str(run), "--out", str(tmp_path / "site")]) == 0
    page = (tmp_path / "site" / "rule-RES-01.html").read_text(encoding="utf-8")
    assert rules()["RES-01"].demands.split(".")[0] in page
    assert cli.main(["report", "compare", str(run), str(run)]) == 0
    assert "No new failure" in capsys.readouterr().out


def test_a_result_that_cannot_be_read_is_one_line_and_exit_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["report", "compare", str(tmp_path / "a"), str(tmp_path / "b")]) == 2
    assert capsys.readouterr().err.count("\n") == 1
