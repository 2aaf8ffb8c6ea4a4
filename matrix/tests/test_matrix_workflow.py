"""The workflow carries out what the cells say, and nothing more."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from poolproof_matrix.cells import load_cells
from poolproof_matrix.layout import find_checkout

ROOT = find_checkout(Path(__file__).parent)
WORKFLOW = ROOT / ".github" / "workflows" / "ci.yml"
FILES = (WORKFLOW, ROOT / "action.yml")


def test_the_workflow_asks_rows_for_what_they_have() -> None:
    asked = set(re.findall(r"\bmatrix\.(\w+)", WORKFLOW.read_text(encoding="utf-8")))
    (row, *_) = load_cells(ROOT / "matrix" / "cells.toml")
    assert asked
    assert asked <= row.row.keys()


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.name)
def test_no_expression_stands_in_a_command(file: Path) -> None:
    """One could hold what a stranger wrote; commands get values by their environment."""
    lines = file.read_text(encoding="utf-8").splitlines()
    inside, depth = False, 0
    for number, line in enumerate(lines, start=1):
        indent = len(line) - len(line.lstrip())
        if inside and line.strip() and indent <= depth:
            inside = False
        if re.match(r"\s*-?\s*run:", line):
            inside, depth = True, indent
        assert not (inside and "${{" in line), f"{file.name}:{number}: {line.strip()}"


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.name)
def test_each_action_is_pinned_by_its_commit(file: Path) -> None:
    for line in file.read_text(encoding="utf-8").splitlines():
        if "uses:" in line:
            assert re.search(r"uses: [\w./-]+@[0-9a-f]{40} # v\d", line), line


def test_all_jobs_stand_behind_the_one_check() -> None:
    text = WORKFLOW.read_text(encoding="utf-8")
    jobs = re.findall(r"^  (\w+):$", text.partition("\njobs:\n")[2], flags=re.MULTILINE)
    (needs,) = re.findall(r"^  check:\n(?:.*\n)*?    needs: \[(.*)\]", text, flags=re.MULTILINE)
    assert set(needs.split(", ")) == set(jobs) - {"check"}
