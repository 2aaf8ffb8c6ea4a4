"""A folder of the cache is complete or not there."""

from __future__ import annotations

from pathlib import Path

import pytest
from poolproof_matrix import stamps


def _write(text: str):
    def make(folder: Path) -> None:
        (folder / "content").write_text(text)

    return make


def test_a_built_folder_is_current_for_its_pins_alone(tmp_path: Path) -> None:
    folder = tmp_path / "part"
    stamps.build(folder, {"version": "1", "list": ["a"]}, _write("one"))
    assert stamps.is_current(folder, {"version": "1", "list": ["a"]})
    assert not stamps.is_current(folder, {"version": "2", "list": ["a"]})
    assert not stamps.is_current(folder, {"version": "1", "list": ["a", "b"]})


def test_a_folder_without_stamp_is_not_current(tmp_path: Path) -> None:
    """A half-deleted or foreign folder must be built anew."""
    (tmp_path / "part").mkdir()
    assert not stamps.is_current(tmp_path / "part", {})
    assert not stamps.is_current(tmp_path / "missing", {})


def test_a_truncated_stamp_is_no_stamp(tmp_path: Path) -> None:
    stamps.build(tmp_path / "part", {"version": "1"}, _write("one"))
    (tmp_path / "part" / stamps.STAMP).write_text('{"version": ')
    assert stamps.read_stamp(tmp_path / "part") is None


def test_an_interrupted_build_leaves_nothing_that_looks_ready(tmp_path: Path) -> None:
    def interrupted(folder: Path) -> None:
        (folder / "half").write_text("")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stamps.build(tmp_path / "part", {"version": "1"}, interrupted)
    assert list(tmp_path.iterdir()) == []


def test_a_failed_rebuild_keeps_the_old_folder(tmp_path: Path) -> None:
    def fails(folder: Path) -> None:
        raise OSError("no space left")

    stamps.build(tmp_path / "part", {"version": "1"}, _write("one"))
    with pytest.raises(OSError, match="no space"):
        stamps.build(tmp_path / "part", {"version": "2"}, fails)
    assert stamps.is_current(tmp_path / "part", {"version": "1"})
    assert (tmp_path / "part" / "content").read_text() == "one"


def test_a_rebuild_replaces_all_and_sweeps_what_a_killed_one_left(tmp_path: Path) -> None:
    (tmp_path / (stamps.BUILDING + "killed")).mkdir()
    stamps.build(tmp_path / "part", {"version": "1"}, _write("one"))
    stamps.build(tmp_path / "part", {"version": "2"}, lambda folder: None)
    assert [path.name for path in tmp_path.iterdir()] == ["part"]
    assert not (tmp_path / "part" / "content").exists()
