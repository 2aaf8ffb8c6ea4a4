"""The command line: errors are one line and exit code 2."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from poolproof_matrix import layout
from poolproof_matrix.cli import _parse, main
from poolproof_matrix.errors import MatrixError

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux gets as far as this")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep the real cache out of these tests."""
    monkeypatch.setenv(layout.HOME_VARIABLE, str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.mark.parametrize("command", ["setup", "run", "test", "smoke"])
def test_an_unknown_python_is_a_one_line_error(
    command: str, capsys: pytest.CaptureFixture[str], home: Path
) -> None:
    assert main(["wine", command, "--python", "3.9"]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "'3.9'" in error
    assert not home.exists()


def test_the_rest_of_a_command_may_begin_with_an_option() -> None:
    arguments = _parse(["wine", "test", "--python", "3.11", "-q", "-k", "name", "impl/tests"])
    assert arguments.python == "3.11"
    assert arguments.rest == ["-q", "-k", "name", "impl/tests"]


def test_an_unknown_option_is_refused_where_nothing_takes_the_rest(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["wine", "status", "--jsn"])
    assert ended.value.code == 2
    assert "--jsn" in capsys.readouterr().err


def test_help_shows_how_to_use_it(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["wine", "--help"])
    assert ended.value.code == 0
    assert "poolproof matrix wine run -- -c" in capsys.readouterr().out


@on_linux
def test_the_status_of_nothing_is_a_status(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    assert main(["wine", "status", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["home"] == str(home)
    assert report["processes"] == 0
    assert not any(part["complete"] for part in report["parts"])
    assert main(["wine", "status"]) == 0
    assert "not set up" in capsys.readouterr().out
    assert not home.exists()


@on_linux
def test_remove_asks_or_says_that_it_cannot(
    capsys: pytest.CaptureFixture[str], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "prefix").mkdir(parents=True)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
    assert main(["wine", "remove"]) == 2
    assert "add --yes" in capsys.readouterr().err
    assert (home / "prefix").exists()


@on_linux
def test_remove_deletes_its_own_and_nothing_else(home: Path) -> None:
    for name in ("prefix", "pythons", "mine"):
        (home / name).mkdir(parents=True)
    assert main(["wine", "remove", "--yes"]) == 0
    assert [path.name for path in home.iterdir()] == ["mine"]
    (home / "mine").rmdir()
    assert main(["wine", "remove", "--yes"]) == 0
    assert not home.exists()


def test_outside_a_checkout_the_error_says_what_to_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(layout.CHECKOUT_VARIABLE, str(tmp_path))
    with pytest.raises(MatrixError, match=layout.CHECKOUT_VARIABLE):
        layout.find_checkout()
