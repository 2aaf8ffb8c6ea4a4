"""The runner of CPython's own tests tells failures apart; here it runs a made-up suite."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

RUNNER = Path(__file__).parents[1] / "cpython" / "run.py"
WITHIN = 120.0
SUITE = """
import os
import unittest


def install_tests_in_module_dict(names, method):
    class WithProcessesTestPool(unittest.TestCase):
        def test_passes(self):
            pass

        def test_fails_everywhere(self):
            self.fail("everywhere")

        def test_fails_on_ours(self):
            self.assertNotEqual(method, "forkserver")

        @unittest.skip("not here")
        def test_skipped(self):
            pass

    class WithProcessesTestFinalize(unittest.TestCase):
        def test_finalize(self):
            self.assertNotEqual(method, os.environ["FAILS_AS_LISTED"])

    class TestDies(unittest.TestCase):
        def test_a(self):
            pass

        def test_b(self):
            os._exit(3)

        def test_c(self):
            pass

    for value in (WithProcessesTestPool, WithProcessesTestFinalize, TestDies):
        names[value.__name__] = value
"""


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    """A folder with a package ``test`` that looks like CPython's."""
    files = {
        "__init__.py": "",
        "_test_multiprocessing.py": SUITE,
        "support/__init__.py": "",
        "support/script_helper.py": "def assert_python_ok(): ...\ndef assert_python_failure(): ...",
    }
    for name, text in files.items():
        path = tmp_path / "test" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return tmp_path


def run(suite: Path, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> tuple[int, Any]:
    """The runner's exit code and its JSON."""
    pytest.importorskip("tomllib" if sys.version_info >= (3, 11) else "tomli")
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    out = suite / "out.json"
    command = [sys.executable, str(RUNNER), "--suite", str(suite), "--json", str(out), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=WITHIN)
    assert out.exists(), done.stdout + done.stderr
    return done.returncode, json.loads(out.read_text())


def test_failures_are_told_apart(suite: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAILS_AS_LISTED", "forkserver")
    code, said = run(suite, monkeypatch, "--stock", "spawn", "--group", "processes")
    assert (code, said["unexpected"]) == (1, ["WithProcessesTestPool.test_fails_on_ours"])
    assert said["stock"] == ["WithProcessesTestPool.test_fails_everywhere"]
    assert said["expected"] == ["WithProcessesTestFinalize.test_finalize"]
    counts = {"passed": 1, "skipped": 1, "expected": 1, "stock": 1, "unexpected": 1}
    assert said["counts"]["processes"] == counts


def test_a_difference_that_is_gone_is_an_error(
    suite: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAILS_AS_LISTED", "never")
    code, said = run(suite, monkeypatch, "--only", "WithProcessesTestFinalize")
    assert (code, said["gone"]) == (1, ["WithProcessesTestFinalize.test_finalize"])


def test_a_test_that_ends_its_process_fails_and_those_behind_it_are_run(
    suite: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, said = run(suite, monkeypatch, "--only", "TestDies", "--stock", "spawn")
    # Under spawn it dies as well, so nobody blames forkless.
    assert (code, said["stock"], said["counts"]["misc"]["passed"]) == (0, ["TestDies.test_b"], 2)


def test_pool_classes_run_once_more_with_our_pool(
    suite: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, said = run(suite, monkeypatch, "--only", "WithProcessesTestPool")
    assert said["counts"]["forkless.Pool"] == said["counts"]["processes"]
