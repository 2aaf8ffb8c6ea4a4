"""`site` makes one folder of whatever it is given, or says in one line what it cannot read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from poolproof_reports.__main__ import main
from poolproof_reports.results import save
from reports_samples import whole_house

RULE: dict[str, Any] = {
    "id": "FAULT-01",
    "title": "whatever the results say",
    "level": "MUST",
    "driver": "pool",
    "demands": "Every outstanding result settles.",
    "needs": ["processes"],
    "after": [],
    "stochastic": False,
    "source": "https://github.com/python/cpython/issues/66587",
    "since": "0.1",
    "triage": ["Does anything watch the sentinels?"],
}
FINDING = """
[hang]
title = "It hangs"
pool = "multiprocessing"
rules = ["FAULT-01"]
needs = []
versions = "Python 3.11"
system = "Linux"
start_methods = ["fork"]
expected = "an error"
documentation = "https://docs.python.org/3/"
happens = "nothing, for ever"
upstream = "none found"
first_seen = 2026-01-02
hangs = true
"""


@pytest.fixture
def given(tmp_path: Path) -> Path:
    """A folder with one file of each kind that a site is made of."""
    (tmp_path / "report-linux").mkdir()
    save(whole_house(), tmp_path / "report-linux" / "result.json")
    (tmp_path / "rules.json").write_text(json.dumps([RULE]))
    (tmp_path / "start.json").write_text(json.dumps([{"method": "forkless", "x": 2.5}]))
    (tmp_path / "found").mkdir()
    (tmp_path / "found" / "findings.toml").write_text(FINDING)
    (tmp_path / "found" / "hang.py").write_text("print('WAITING: for a result')\n")
    return tmp_path


def site(given: Path, *options: str | Path) -> int:
    arguments = ["site", str(given / "report-linux"), "--out", str(given / "out")]
    return main([*arguments, *map(str, options)])


def test_everything_that_is_given_has_its_page(
    given: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options: list[str | Path] = ["--rules", given / "rules.json", "--findings", given / "found"]
    options += ["--benchmark", given / "start.json", "--baseline", given / "report-linux"]
    assert site(given, *options) == 0
    names = {path.name for path in (given / "out").iterdir()}
    number = len(names) - 1
    assert capsys.readouterr().out.endswith(f"index.html and {number} files beside it\n")
    assert {"findings.html", "benchmarks.html", "comparison.html"} < names
    page = (given / "out" / "rule-FAULT-01.html").read_text(encoding="utf-8")
    assert "Every outstanding result settles." in page
    assert "findings.html#hang" in page
    page = (given / "out" / "pool-forkless.html").read_text(encoding="utf-8")
    assert "benchmarks.html#start" in page
    findings = (given / "out" / "findings.html").read_text(encoding="utf-8")
    assert "WAITING: for a result" in findings
    comparison = (given / "out" / "comparison.html").read_text(encoding="utf-8")
    assert "No new failure" in comparison


def test_without_options_there_is_the_table_alone(given: Path) -> None:
    assert site(given) == 0
    page = (given / "out" / "index.html").read_text(encoding="utf-8")
    assert "findings.html" not in page
    assert "benchmarks.html" not in page


@pytest.mark.parametrize(
    ("option", "content", "says"),
    [
        ("--rules", '[{"id": "X"}]', "key 'title' is missing"),
        ("--rules", "{}", "expected an array"),
        ("--benchmark", "[]", "a list of 1 to 200"),
        ("--baseline", '{"schema": 9}', "use the poolproof that wrote it"),
        ("--findings", "", "findings.toml"),
    ],
)
def test_what_cannot_be_read_is_one_line_and_nothing_is_written(
    given: Path, capsys: pytest.CaptureFixture[str], option: str, content: str, says: str
) -> None:
    (given / "broken").write_text(content)
    assert site(given, option, given / "broken") == 2
    error = capsys.readouterr().err
    assert says in error
    assert "broken" in error
    assert error.count("\n") == 1
    assert not (given / "out").exists()
