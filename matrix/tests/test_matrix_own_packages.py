"""The project's own packages are rebuilt exactly when their sources change."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from poolproof_matrix import own_packages
from poolproof_matrix.layout import WineHome
from poolproof_matrix.pins import windows_python
from poolproof_matrix.progress import Progress

on_linux = pytest.mark.skipif(sys.platform == "win32", reason="the cache is Linux'")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a folder that looks like a checkout."""
    root = tmp_path / "checkout"
    for name in own_packages.SOURCES:
        (root / name).mkdir(parents=True)
        (root / name / "__init__.py").write_text("")
    (root / "pyproject.toml").write_text("")
    return root


def test_content_decides_and_not_time_or_caches(checkout: Path) -> None:
    before = own_packages.sources_digest(checkout)
    source = checkout / "impl" / "forkless" / "__init__.py"
    source.touch()
    (source.parent / "__pycache__").mkdir()
    (source.parent / "__pycache__" / "x.pyc").write_text("")
    assert own_packages.sources_digest(checkout) == before
    source.write_text("x = 1\n")
    assert own_packages.sources_digest(checkout) != before


def test_the_metadata_counts(checkout: Path) -> None:
    before = own_packages.sources_digest(checkout)
    (checkout / "pyproject.toml").write_text("[project]\n")
    assert own_packages.sources_digest(checkout) != before


@on_linux
def test_old_folders_go_and_one_in_use_stays(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built: list[Path] = []
    monkeypatch.setattr(own_packages, "_make", lambda folder, *rest: built.append(folder))
    home, python, uv = WineHome(tmp_path / "home"), windows_python("3.11"), Path("uv")

    def opened():
        return own_packages.own_packages(home, checkout, python, uv, Progress(quiet=True))

    with opened() as first:
        with opened() as again:
            assert again == first
        assert len(built) == 1
        for number in range(own_packages.KEEP + 3):
            (checkout / "pyproject.toml").write_text(f"# {number}")
            with opened():
                pass
        assert first.exists()
        assert len(list(home.checkouts.iterdir())) == own_packages.KEEP + 1
    with opened():
        pass
    assert not first.exists()
