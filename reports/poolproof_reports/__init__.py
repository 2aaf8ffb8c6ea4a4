"""What came out of a poolproof run: result schema, summary table, Markdown and HTML."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from poolproof_reports.results import ResultFile

__all__ = ["write_all"]


def write_all(result: ResultFile, folder: str | os.PathLike[str]) -> dict[str, Path]:
    """Write result.json, summary.md and report.html into `folder`; see `writing.write_all`."""
    # Imported late: whoever only wants `poolproof_reports.results` needs no jinja2.
    from poolproof_reports import writing

    return writing.write_all(result, folder)
