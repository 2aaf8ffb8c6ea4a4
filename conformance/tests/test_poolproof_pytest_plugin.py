"""The pytest plugin runs the rules when asked, and disturbs nobody else's tests."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

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


def test_the_rules_are_tests_one_each(tmp_path: Path) -> None:
    done = run_pytest(
        tmp_path, "--pyargs", "poolproof.rules", "--pool", "threads", "-k", "RES-0", "-v"
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "test_rule[threads-threads-RES-01] PASSED" in done.stdout


def test_a_broken_rule_is_a_failed_test_that_says_why(tmp_path: Path) -> None:
    saboteur = "poolproof.saboteurs:drops_the_last_result"
    arguments = ("--pool", saboteur, "-k", "RES-02", "--pool-start-method", _method())
    done = run_pytest(tmp_path, "--pyargs", "poolproof.rules", *arguments)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "RES-02 FAIL" in done.stdout
    assert "poolproof replay" in done.stdout


def test_an_unknown_pool_is_a_usage_error(tmp_path: Path) -> None:
    done = run_pytest(tmp_path, "--pyargs", "poolproof.rules", "--pool", "multiprocesing")
    assert done.returncode == pytest.ExitCode.USAGE_ERROR, done.stdout
    assert "did you mean 'multiprocessing'?" in done.stdout + done.stderr


def _method() -> str:
    return "forkless" if os.name == "nt" else "fork"
