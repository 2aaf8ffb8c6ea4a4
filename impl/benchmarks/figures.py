"""What the benchmarks have in common: a command line, a Markdown table, and figures as JSON."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Mapping
from typing import Any


def parser(doc: str | None) -> argparse.ArgumentParser:
    """Options of a benchmark: `doc` is its module's, whose first line describes it."""
    options = argparse.ArgumentParser(description=(doc or "").splitlines()[0])
    options.add_argument("--json", metavar="FILE", help="write the figures there as well")
    return options


def markdown(titles: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table; each cell as it is to be read."""
    head = list(titles)
    lines = [head, ["---"] * len(head), *map(list, rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def write(path: str | None, rows: Iterable[Mapping[str, Any]]) -> None:
    """One object a row into the file that `--json` named, if it did."""
    if path:
        with open(path, "w", encoding="utf-8") as file:
            json.dump(list(rows), file, indent=2)
