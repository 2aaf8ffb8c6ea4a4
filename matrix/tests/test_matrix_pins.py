"""Windows interpreters are pinned, and a wrong version gets a helpful answer."""

from __future__ import annotations

import re

import pytest
from poolproof_matrix.errors import MatrixError
from poolproof_matrix.pins import DEFAULT_PYTHON, PYTHONS, windows_python


@pytest.mark.parametrize("version", PYTHONS)
def test_every_interpreter_is_pinned_by_its_bytes(version: str) -> None:
    python = windows_python(version)
    assert re.fullmatch("[0-9a-f]{64}", python.sha256)
    assert python.release.startswith(version + ".")
    assert python.sdist.startswith(version + ".")


def test_the_tag_is_that_of_the_dll() -> None:
    assert windows_python(DEFAULT_PYTHON).tag == "311"


@pytest.mark.parametrize(
    ("wrong", "nearest"), [("3.14", "3.1"), ("311", "3.11"), ("3.12.9", "3.12"), ("x", "3.")]
)
def test_an_unknown_version_names_the_nearest(wrong: str, nearest: str) -> None:
    with pytest.raises(MatrixError, match=f"'{wrong}'.*3.11, 3.12, 3.13.*--python {nearest}"):
        windows_python(wrong)
