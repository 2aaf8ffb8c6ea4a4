"""CPython's own tests are found where they are installed, and only what they need is copied."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from poolproof_matrix import cpython_suite
from poolproof_matrix.errors import MatrixError

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="Wine runs on Linux")


def interpreter(folder: Path, version: str, library: Path) -> None:
    """A program that says of itself what a Python *version* would."""
    folder.mkdir(exist_ok=True)
    path = folder / f"python{version}"
    answer = "\\n".join([*version.split("."), str(library)])
    path.write_text(f"#!/bin/sh\nprintf '{answer}\\n'\n")
    path.chmod(0o755)


def library(folder: Path) -> Path:
    """A standard library with tests."""
    for name in ("_test_multiprocessing.py", "mp_preload.py", "test_os.py", "support/os_helper.py"):
        path = folder / "test" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (folder / "test" / "support" / "__pycache__").mkdir()
    return folder


@on_linux
def test_the_tests_are_those_of_the_first_interpreter_that_has_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interpreter(tmp_path / "a", "3.99", tmp_path / "without tests")
    interpreter(tmp_path / "b", "3.99", library(tmp_path / "lib"))
    monkeypatch.setenv("PATH", f"{tmp_path / 'a'}:{tmp_path / 'b'}:{tmp_path / 'none'}")
    assert cpython_suite.find("3.99") == tmp_path / "lib" / "test"


@on_linux
def test_without_such_an_interpreter_the_error_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interpreter(tmp_path / "a", "3.98", library(tmp_path / "lib"))
    monkeypatch.setenv("PATH", str(tmp_path / "a"))
    with pytest.raises(MatrixError, match=r"no Python 3\.99 .*`python3\.99"):
        cpython_suite.find("3.99")


def test_what_the_tests_need_is_copied_and_is_gone_afterwards(tmp_path: Path) -> None:
    with cpython_suite.copied(library(tmp_path) / "test") as folder:
        found = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
    assert found == [
        "test/_test_multiprocessing.py",
        "test/mp_preload.py",
        "test/support/os_helper.py",
    ]
    assert not folder.exists()
