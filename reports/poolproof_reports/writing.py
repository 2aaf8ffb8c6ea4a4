"""The three files of a report: result.json, summary.md and report.html."""

from __future__ import annotations

import os
from pathlib import Path

from poolproof_reports import html, markdown
from poolproof_reports.files import text_bytes, write_atomically
from poolproof_reports.results import ResultFile, save


def write_all(result: ResultFile, folder: str | os.PathLike[str]) -> dict[str, Path]:
    """Write the result and both reports into `folder`, made if missing; name to path of each.

    Each file is replaced atomically, the result first: a fault in a report loses no result.
    Raises OSError where the folder cannot be written, ResultError where the result is no JSON.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    paths = {name: folder / name for name in ("result.json", "summary.md", "report.html")}
    save(result, paths["result.json"])
    write_atomically(paths["summary.md"], text_bytes(markdown.render(result)))
    write_atomically(paths["report.html"], text_bytes(html.render(result)))
    return paths
