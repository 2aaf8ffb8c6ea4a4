"""A Windows program gets nothing of the host that would mislead it."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from poolproof_matrix.environment import RUN_VARIABLE, python_environment, wine_environment
from poolproof_matrix.layout import WineHome, windows_path

HOME = WineHome(Path("/cache/wine"))


def test_the_hosts_python_variables_stay_here() -> None:
    host = {
        "PYTHONPATH": "/x",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHOME": "/",
        "PYTHONUTF8": "1",
    }
    assert wine_environment(HOME, host).keys() & host.keys() == {"PYTHONUTF8"}


def test_no_window_no_foreign_prefix_no_temporary_folder_of_the_host() -> None:
    host = {"DISPLAY": ":0", "WINEPREFIX": "/other", "WINEARCH": "win32", "TMPDIR": "/t", "CI": "1"}
    made = wine_environment(HOME, host)
    assert made["WINEPREFIX"] == str(HOME.prefix)
    assert made.keys() & host.keys() == {"WINEPREFIX", "CI"}


def test_the_programs_own_packages_come_first_and_its_run_is_marked() -> None:
    made = python_environment(HOME, {}, [Path("/a/b")], run="0123")
    assert made["PYTHONPATH"] == windows_path(Path("/a/b"))
    assert made[RUN_VARIABLE] == "0123"


def test_a_path_of_the_host_lies_on_drive_z() -> None:
    assert windows_path(PurePosixPath("/a/b c")) == r"Z:\a\b c"
