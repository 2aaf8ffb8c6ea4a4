"""A machine that cannot run Windows programs says so, and says what to do."""

from __future__ import annotations

import os
import shutil
import sys

import pytest
from poolproof_matrix import host
from poolproof_matrix.cli import main
from poolproof_matrix.errors import MatrixError
from poolproof_matrix.progress import Progress

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux gets as far as this")


@pytest.mark.parametrize(("system", "machine"), [("darwin", "arm64"), ("linux", "aarch64")])
def test_another_system_is_told_where_to_go(system: str, machine: str) -> None:
    expected = f"on x86-64 Linux only, and this is {system} on {machine}: run this on x86-64 Linux"
    with pytest.raises(MatrixError, match=expected):
        host.require_linux_x86_64(system, machine)


def test_windows_is_told_that_it_needs_no_wine() -> None:
    with pytest.raises(MatrixError, match=r"on Windows run `tox -e windows`.*native"):
        host.require_linux_x86_64("win32", "AMD64")


@pytest.fixture
def _no_wine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host, "find_wine", lambda: None)


@on_linux
@pytest.mark.usefixtures("_no_wine")
def test_without_apt_the_error_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(MatrixError, match=r"not installed.*no apt-get.*`wine` and `wineserver`"):
        host.require_wine(Progress())


@on_linux
@pytest.mark.usefixtures("_no_wine")
def test_without_root_the_command_fails_with_the_line_to_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is an error with exit code 2, never a green skip."""
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert main(["windows"]) == 2
    error = capsys.readouterr().err
    assert "`sudo apt-get install --no-install-recommends wine wine64`" in error


def test_without_uv_the_error_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(MatrixError, match="python -m pip install uv"):
        host.require_uv()
