"""A test that Wine cannot judge is listed with its reason, seen in the run, and counted."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from poolproof_matrix import differences
from poolproof_matrix.errors import MatrixError

pytest_plugins = ["pytester"]

ENTRY = '[[difference]]\ntest = "{}"\nreason = "no console"\nlink = "https://example.org"\n'
TESTS = """
import pytest
@pytest.mark.parametrize("key", ["a", "b"])
def test_one(key): pass
def test_two(): pass
"""


@pytest.fixture
def listing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty list that the plugin reads in place of the real one."""
    path = tmp_path / "differences.toml"
    path.write_text("")
    load = differences.load
    monkeypatch.setattr(differences, "load", lambda: load(path))
    monkeypatch.setattr(sys, "dont_write_bytecode", sys.dont_write_bytecode)
    return path


@pytest.fixture
def suite(pytester: pytest.Pytester) -> pytest.Pytester:
    """Return a suite of three tests whose bare `pytest` collects all."""
    pytester.makeini("[pytest]\ntestpaths = tests\n")
    pytester.makepyfile(**{"tests/test_it": TESTS})
    return pytester


def _run(suite: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    plugins = (
        "-p",
        "poolproof_matrix.pytest_wine",
        "-p",
        "no:poolproof",
    )  # its cases are made here
    return suite.runpytest_inprocess(*plugins, "-rs", *arguments)


def test_the_projects_own_list_is_well_formed() -> None:
    for entry in differences.load():
        assert entry.link.startswith("https://")


@pytest.mark.parametrize(
    "text",
    [
        '[[difference]]\ntest = "a"\nlink = "https://x"\n',
        '[[difference]]\ntest = "a"\nreason = "b"\n',
        '[[difference]]\nreason = "a"\nlink = "https://x"\n',
        ENTRY.format("a").replace("test =", "rule ="),
        ENTRY.format("a") + 'until = "2030"\n',
        "[[difference]\n",
    ],
)
def test_an_entry_that_explains_nothing_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "list.toml"
    path.write_text(text)
    with pytest.raises(MatrixError, match=r"list\.toml"):
        differences.load(path)


def test_only_the_star_is_special_in_a_pattern() -> None:
    entry = differences.Difference("a.py::t[x*]", "reason", "link")
    assert entry.matches("a.py::t[x-1]")
    assert not entry.matches("a.py::tx")


def test_a_listed_test_is_a_visible_skip_and_is_counted(
    suite: pytest.Pytester, listing: Path
) -> None:
    listing.write_text(ENTRY.format("tests/test_it.py::test_one[*]"))
    result = _run(suite)
    result.assert_outcomes(passed=1, skipped=2)
    result.stdout.fnmatch_lines(["*Windows under Wine: no console (https://example.org)"])
    result.stdout.fnmatch_lines(["Windows under Wine: 2 differences from the Linux run*"])


@pytest.mark.usefixtures("listing")
def test_the_count_is_printed_when_there_is_none(suite: pytest.Pytester) -> None:
    result = _run(suite)
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(["Windows under Wine: 0 differences from the Linux run*"])


def test_an_entry_that_matches_no_test_is_an_error(suite: pytest.Pytester, listing: Path) -> None:
    listing.write_text(ENTRY.format("tests/test_it.py::test_gone"))
    result = _run(suite)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*no test matches tests/test_it.py::test_gone*"])


def test_a_run_of_some_tests_does_not_ask_for_the_others(
    suite: pytest.Pytester, listing: Path
) -> None:
    listing.write_text(ENTRY.format("tests/test_it.py::test_one[*]"))
    _run(suite, "tests/test_it.py::test_two").assert_outcomes(passed=1)
