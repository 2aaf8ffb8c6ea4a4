"""What a Windows Python gets comes from the list and the checkout's constraints."""

from __future__ import annotations

from pathlib import Path

import pytest
from poolproof_matrix.layout import find_checkout
from poolproof_matrix.packages import requirements
from poolproof_matrix.pins import windows_python
from poolproof_matrix.windows_wheels import install_command


@pytest.mark.parametrize(
    ("version", "has_numpy"), [("3.11", True), ("3.12", True), ("3.13", False)]
)
def test_numpy_is_the_last_that_wine_can_load(version: str, has_numpy: bool) -> None:
    needs = requirements(windows_python(version), find_checkout(Path(__file__)))
    assert ("numpy==2.0.2" in needs.packages) is has_numpy


def test_torch_is_the_version_that_the_checkout_pins() -> None:
    needs = requirements(windows_python("3.11"), find_checkout(Path(__file__)))
    assert [line for line in needs.constraints if line.startswith("torch==")]


def test_a_constraint_on_something_else_changes_nothing(tmp_path: Path) -> None:
    """Otherwise each new pin of a linter would rebuild every Windows Python."""
    limits = tmp_path / "constraints.txt"
    limits.write_text("# tools\nruff==1.0\nTorch==2.13.0  # pinned\npytest-xdist<4\n")
    needs = requirements(windows_python("3.11"), tmp_path)
    assert needs.constraints == ("Torch==2.13.0", "pytest-xdist<4")


def test_wheels_are_resolved_for_windows_and_never_built() -> None:
    command = install_command(
        Path("target"), windows_python("3.12"), ["torch"], Path("limits"), Path("uv")
    )
    text = " ".join(map(str, command))
    assert "--python-platform x86_64-pc-windows-msvc --python-version 3.12" in text
    assert "--only-binary :all:" in text
    assert "--constraint limits --target target torch" in text
