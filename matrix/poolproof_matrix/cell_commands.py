"""`poolproof matrix plan` and `run`: what runs where, and one of them here."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

from rich.console import Console
from rich.table import Table

from poolproof_matrix.cell_run import require_possible, run_cell
from poolproof_matrix.cells import LANES, Cell, find_cell, load_cells, planned
from poolproof_matrix.errors import MatrixError
from poolproof_matrix.layout import find_checkout

GITHUB_OUTPUT = "GITHUB_OUTPUT"


def add_commands(groups: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add both to the parser of ``poolproof matrix``."""
    plan = _add(groups, "plan", "print the cells that run in a lane, and how many they are")
    plan.add_argument(
        "--lane", choices=LANES, default="weekly", help="how often (default: weekly, all of them)"
    )
    form = plan.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="the rows as JSON")
    form.add_argument(
        "--github",
        action="store_true",
        help=f"write rows, expected (required cells) and experimental to {GITHUB_OUTPUT}'s file",
    )
    plan.set_defaults(run=plan_command)
    run = _add(
        groups, "run", "run a cell on this machine: its tests, and the judgement of its pools"
    )
    run.add_argument("cell", metavar="CELL", help="its id, as `plan` prints it")
    run.add_argument(
        "--judge-only", action="store_true", help="leave out the tests: judge the pools"
    )
    run.add_argument(
        "--out", type=Path, metavar="DIR", help="for the report (default: matrix-report/CELL)"
    )
    run.set_defaults(run=run_command)


def plan_command(options: argparse.Namespace) -> int:
    """Print the rows of a lane as a table, as JSON, or for GitHub Actions."""
    cells = planned(_cells(), options.lane)
    rows = json.dumps([cell.row for cell in cells])
    if options.json:
        print(rows)
    elif options.github:
        target = os.environ.get(GITHUB_OUTPUT)
        if not target:
            raise MatrixError(f"{GITHUB_OUTPUT} names no file; --json prints the rows")
        with open(target, "a", encoding="utf-8") as file:
            experimental = " ".join(cell.id for cell in cells if not cell.required)
            required = sum(cell.required for cell in cells)
            file.write(f"rows={rows}\nexpected={required}\nexperimental={experimental}\n")
    else:
        Console(soft_wrap=True).print(_table(cells, options.lane))
    return 0


def run_command(options: argparse.Namespace) -> int:
    """Run one cell; its exit code."""
    cell = find_cell(_cells(), options.cell)
    out = options.out or Path("matrix-report") / cell.id
    return run_cell(cell, find_checkout(), out, judge_only=options.judge_only)


def _cells() -> list[Cell]:
    return load_cells(find_checkout() / "matrix" / "cells.toml")


def _table(cells: list[Cell], lane: str) -> Table:
    table = Table(title=f"{len(cells)} cells in lane {lane}", title_justify="left", box=None)
    for heading in ("cell", "system", "Python", "pools", "profile", "lane", "required", "here"):
        table.add_column(heading, no_wrap=True)
    for cell in cells:
        table.add_row(
            cell.id, cell.system, cell.python, str(len(cell.pools)), cell.profile, cell.lane,
            "yes" if cell.required else "no", _here(cell),
        )  # fmt: skip
    return table


def _here(cell: Cell) -> str:
    try:
        require_possible(cell)
    except MatrixError:
        return "no"
    return "yes"


def _add(
    groups: argparse._SubParsersAction[argparse.ArgumentParser], name: str, text: str
) -> argparse.ArgumentParser:
    return groups.add_parser(name, help=text, description=text, allow_abbrev=False)
