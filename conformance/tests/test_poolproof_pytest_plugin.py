"""The pytest plugin runs the rules when asked, and disturbs nobody else's tests."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as xml

import pytest
from poolproof.catalogue import rules
from poolproof.pytest_items import say
from poolproof_reports.results import Level, Outcome, RuleResult

PLUGIN = ("-p", "poolproof.pytest_plugin", "-p", "no:cacheprovider")
HEAVY = {"poolproof.engine", "poolproof.catalogue", "psutil", "rich", "jinja2", "forkless", "torch"}

pytestmark = pytest.mark.usefixtures("_stage_finds_test_modules")


def run_pytest(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    environment.pop("PYTEST_ADDOPTS", None)
    return subprocess.run(
        [sys.executable, "-m", "pytest", *PLUGIN, *arguments],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_a_plain_run_beside_the_plugin_imports_nothing_of_the_suite(tmp_path: Path) -> None:
    (tmp_path / "test_mine.py").write_text(
        f"import sys\ndef test_mine():\n    assert not {HEAVY!r} & set(sys.modules)\n"
    )
    done = run_pytest(tmp_path, "-W", "error")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout


def test_a_broken_rule_fails_and_says_why_and_what_rests_on_it_is_skipped(tmp_path: Path) -> None:
    saboteur = "poolproof.saboteurs:drops_the_last_result"
    after = next(r.id for r in rules().values() if "RES-02" in r.after and not r.needs)
    arguments = ("--pool", saboteur, "--pool-start-method", _method(), "-k", f"RES-02 or {after}")
    done = run_pytest(tmp_path, "--pyargs", "poolproof.rules", *arguments, "-rs")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "RES-02 FAIL" in done.stdout
    assert "poolproof replay" in done.stdout
    assert "means nothing unless RES-02 holds" in done.stdout
    assert "1 failed, 1 skipped" in done.stdout


def test_an_unknown_pool_is_a_usage_error(tmp_path: Path) -> None:
    done = run_pytest(tmp_path, "--pyargs", "poolproof.rules", "--pool", "multiprocesing")
    assert done.returncode == pytest.ExitCode.USAGE_ERROR, done.stdout
    assert "did you mean 'multiprocessing'?" in done.stdout + done.stderr


def test_each_rule_is_a_test_and_a_case_of_the_junit_file_with_its_properties(
    tmp_path: Path,
) -> None:
    arguments = ("--pool", "threads", "-k", "RES-01 or RES-02", "--junitxml", "junit.xml")
    done = run_pytest(tmp_path, "--pyargs", "poolproof.rules", *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 passed" in done.stdout
    cases = list(xml.parse(tmp_path / "junit.xml").iter("testcase"))
    assert {c.get("name") for c in cases} == {
        f"test_rule[threads-threads-RES-0{n}]" for n in (1, 2)
    }
    for case in cases:
        said = {p.get("name"): p.get("value") for p in case.iter("property")}
        assert said.items() >= {
            ("level", "MUST"),
            ("pool", "threads"),
            ("start method", "threads"),
            ("outcome", "PASS"),
        }


def test_with_xdist_one_worker_has_all_rules_of_a_stage(tmp_path: Path) -> None:
    pools = ("--pool", "threads", "--pool", "threadpool", "-k", "RES-01 or RES-02 or RES-07")
    xdist = ("-p", "xdist", "-n", "2", "-v")
    done = run_pytest(tmp_path, "--pyargs", "poolproof.rules", *pools, *xdist)
    assert done.returncode == 0, done.stdout + done.stderr
    ran = re.findall(r"\[(gw\d)\].* PASSED \S*\[(\w+)-", done.stdout)
    assert len(ran) == 6
    assert len(set(ran)) == 2


FAIL = Outcome.FAIL


@pytest.mark.parametrize(
    ("outcome", "expected", "end", "says"),
    [
        (FAIL, (Outcome.PASS,), pytest.fail.Exception, "RES-01 FAIL"),
        (FAIL, (FAIL,), pytest.xfail.Exception, "known"),
        (Outcome.PASS, (FAIL,), pytest.fail.Exception, "passed, but expected FAIL: known"),
        (Outcome.SKIP, (Outcome.PASS,), pytest.skip.Exception, "what was seen"),
    ],
)
def test_expectations_are_strict_both_ways(
    outcome: Outcome, expected: tuple[Outcome, ...], end: type[BaseException], says: str
) -> None:
    result = RuleResult(
        rule="RES-01",
        title="A title",
        group="RES",
        level=Level.MUST,
        stochastic=False,
        source="",
        outcome=outcome,
        expected=expected,
        expected_reason="known",
        message="what was seen",
    )
    with pytest.raises(end, match=says):
        say(result)


def _method() -> str:
    return "forkless" if os.name == "nt" else "fork"
