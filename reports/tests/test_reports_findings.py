"""Findings: complete records, scripts that stand alone, and a runner that leaves nothing."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import psutil
import pytest
from poolproof_reports.__main__ import main
from poolproof_reports.findings import (
    LONGEST,
    NONE_FOUND,
    Finding,
    FindingError,
    Standing,
    load_findings,
    select,
)
from poolproof_reports.findings_run import MARK, Limits, judge, run_finding

REAL = Path(__file__).parents[1] / "findings"
LIMITS = Limits(whole_s=60, waiting_s=1, ending_s=20)
RECORD = """
title = "a title"
pool = "fake"
rules = ["FAULT-01"]
needs = [{needs}]
versions = "fake 1"
system = "Linux"
start_methods = ["fork"]
expected = "a result"
documentation = "https://example.org/docs"
happens = "there is none"
upstream = "none found"
first_seen = 2026-11-23
hangs = {hangs}
"""


def write(folder: Path, slug: str, script: str, hangs: bool = False, needs: str = "") -> Path:
    """Add a fake finding to `folder`."""
    record = RECORD.format(hangs=str(hangs).lower(), needs=needs)
    with open(folder / "findings.toml", "a", encoding="utf-8") as file:
        file.write(f"[{slug}]{record}\n")
    (folder / f"{slug}.py").write_text(script, encoding="utf-8")
    return folder


def run(folder: Path) -> tuple[Standing, str]:
    """Standing and reason of the only finding in `folder`."""
    (finding,) = load_findings(folder)
    outcome = run_finding(finding, folder, LIMITS)
    return outcome.standing, outcome.seen


def test_a_violation_that_is_seen_holds(tmp_path: Path) -> None:
    write(tmp_path, "one", "print('noise'); print('VIOLATED: got 2, not 1'); raise SystemExit(3)")
    assert run(tmp_path) == (Standing.HOLDS, "got 2, not 1")


def test_a_promise_that_is_kept_makes_a_finding_gone(tmp_path: Path) -> None:
    write(tmp_path, "one", "print('KEPT: got 1')")
    assert run(tmp_path) == (Standing.GONE, "got 1")


def test_a_call_that_never_returns_holds_where_the_record_says_so(tmp_path: Path) -> None:
    endless = "import threading\nprint('WAITING: for a result')\nthreading.Event().wait()\n"
    write(tmp_path, "one", endless, hangs=True)
    assert run(tmp_path) == (Standing.HOLDS, "hangs: waiting for a result")


def test_a_call_that_returns_makes_a_hang_gone(tmp_path: Path) -> None:
    write(tmp_path, "one", "print('WAITING: for a result'); print('KEPT: got 1')", hangs=True)
    assert run(tmp_path) == (Standing.GONE, "got 1")


def test_a_script_that_fails_is_broken_and_says_how(tmp_path: Path) -> None:
    write(tmp_path, "one", "import a_module_that_is_not_there")
    standing, seen = run(tmp_path)
    assert standing is Standing.BROKEN
    assert "exit code 1" in seen
    assert "a_module_that_is_not_there" in seen


def test_what_is_not_installed_is_not_run(tmp_path: Path) -> None:
    write(tmp_path, "one", "print('KEPT: never')", needs='"a_module_that_is_not_there"')
    assert run(tmp_path) == (Standing.CANNOT_RUN, "a_module_that_is_not_there not installed")


def test_a_finding_of_another_system_or_python_is_not_run(tmp_path: Path) -> None:
    write(tmp_path, "one", "print('KEPT: never')")
    for line, reason in (('systems = ["Plan 9"]', "Plan 9"), ('python = "<3"', "Python <3")):
        text = (tmp_path / "findings.toml").read_text(encoding="utf-8").rstrip()
        (tmp_path / "findings.toml").write_text(f"{text}\n{line}\n", encoding="utf-8")
        standing, seen = run(tmp_path)
        assert standing is Standing.CANNOT_RUN
        assert reason in seen
        (tmp_path / "findings.toml").write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("output", "code", "hangs", "standing"),
    [
        ("", 0, False, Standing.BROKEN),
        ("", None, True, Standing.BROKEN),
        ("WAITING: a", 0, True, Standing.BROKEN),
        ("WAITING: a", None, False, Standing.BROKEN),
        ("WAITING: a\nTraceback", None, True, Standing.HOLDS),
        ("VIOLATED: a", 0, True, Standing.BROKEN),
        ("VIOLATED: a", None, False, Standing.HOLDS),
        ("VIOLATED: a\nKEPT: b", 0, False, Standing.GONE),
        ("VIOLATED", 0, False, Standing.BROKEN),
        ("it was VIOLATED: a", 0, False, Standing.BROKEN),
    ],
)
def test_only_the_words_of_the_record_count(
    output: str, code: int | None, hangs: bool, standing: Standing
) -> None:
    assert judge(example(hangs), output, code)[0] is standing


def test_no_process_outlives_its_finding(tmp_path: Path) -> None:
    """Neither an orphan nor one in a session of its own, which no process group reaches."""
    script = (
        "import subprocess, sys\n"
        "endless = [sys.executable, '-c', 'import threading; threading.Event().wait()']\n"
        "child = subprocess.Popen(endless, start_new_session=True)\n"
        "print('VIOLATED:', child.pid)\n"
    )
    write(tmp_path, "one", script)
    standing, seen = run(tmp_path)
    assert standing is Standing.HOLDS
    assert not carries_the_mark(int(seen))


def test_a_change_is_exit_code_1_and_stands_last(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, "gone", "print('KEPT: got 1')")
    write(tmp_path, "holds", "print('VIOLATED: got 2')")
    assert main(["findings", "--folder", str(tmp_path)]) == 1
    first, second, numbers = capsys.readouterr().out.splitlines()
    assert first.split() == ["holds", "holds", "got", "2"]
    assert second.split() == ["GONE", "gone", "got", "1"]
    assert numbers.startswith("2 findings: 1 hold (1 of them not reported upstream), 1 gone")


def test_one_finding_can_be_run_alone_and_read_by_a_program(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, "gone", "print('KEPT: got 1')")
    write(tmp_path, "holds", "print('VIOLATED: got 2')")
    assert main(["findings", "--folder", str(tmp_path), "--only", "holds", "--json"]) == 0
    captured = capsys.readouterr()
    (finding,) = json.loads(captured.out)["findings"]
    assert (finding["slug"], finding["standing"]) == ("holds", "holds")
    assert captured.err.startswith("[1/1] holds: holds, ")


def test_wrong_records_are_one_line_each(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, "one", "")
    assert main(["findings", "--folder", str(tmp_path), "--only", "two"]) == 2
    assert "there is no finding 'two'; there are one" in capsys.readouterr().err
    (tmp_path / "two.py").write_text("", encoding="utf-8")
    with pytest.raises(FindingError, match="'two' has a script alone"):
        load_findings(tmp_path)
    (tmp_path / "two.py").unlink()
    whole = (tmp_path / "findings.toml").read_text(encoding="utf-8")
    for wrong, message in (
        (whole.replace('title = "a title"', ""), "look at title"),
        (whole + 'surprise = "!"', "look at surprise"),
        (whole.replace("hangs = false", 'hangs = "no"'), "hangs = 'no' is no bool"),
        (whole + 'python = "new"', "python = 'new'"),
        (whole + "=", "is not TOML"),
    ):
        (tmp_path / "findings.toml").write_text(wrong, encoding="utf-8")
        with pytest.raises(FindingError, match=message):
            load_findings(tmp_path)


def test_there_are_at_least_20_findings_with_causes_of_their_own() -> None:
    findings = load_findings(REAL)
    assert len(findings) >= 20
    assert len({finding.title + finding.pool for finding in findings}) == len(findings)


@pytest.mark.parametrize("finding", load_findings(REAL), ids=lambda finding: finding.slug)
def test_a_script_is_short_and_uses_its_pool_alone(finding: Finding) -> None:
    source = (REAL / f"{finding.slug}.py").read_text(encoding="utf-8")
    assert len(source.splitlines()) <= LONGEST
    tree = ast.parse(source)
    assert ast.get_docstring(tree)
    imported = {
        name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names
    }
    imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    packages = {name.partition(".")[0] for name in imported}
    assert packages - sys.stdlib_module_names == set(finding.needs)
    assert set(finding.needs) <= {finding.pool, "torch", "numpy"}
    assert ("WAITING: " in source) == finding.hangs
    assert re.search("""["']KEPT["':]""", source)


@pytest.mark.parametrize("finding", load_findings(REAL), ids=lambda finding: finding.slug)
def test_a_record_says_all_that_a_reader_needs(finding: Finding) -> None:
    for words in (finding.title, finding.expected, finding.happens, finding.versions):
        assert words.strip()
    assert finding.system
    assert finding.start_methods
    assert finding.documentation.startswith("https://")
    assert finding.upstream == NONE_FOUND or finding.upstream.startswith("https://")
    assert finding.first_seen >= date(2026, 11, 23)


def test_the_help_teaches() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "poolproof_reports", "findings", "--help"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "Exit code 0" in done.stdout
    assert "--only SLUG" in done.stdout


def carries_the_mark(pid: int) -> bool:
    """Does the process live, and is it not another one that got the same number since?"""
    try:
        return MARK in psutil.Process(pid).environ()
    except psutil.NoSuchProcess:  # also a zombie that nobody has reaped yet
        return False


def example(hangs: bool) -> Finding:
    """A real record that hangs, or one that does not."""
    return next(f for f in select(load_findings(REAL), ()) if f.hangs is hangs)
