"""Results as they are published: without the folders of the machine that they come from.

A folder that is published holds `results/report-CELL/POOL-METHOD/result.json`, figures in
`benchmarks/`, and the `site` that is made of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from poolproof_reports.decoding import refuse
from poolproof_reports.results import ResultFile, load, save
from poolproof_reports.site.naming import stems

_NAME = r"""[^\s/\\"'`:,;()<>|\[\]{}]+"""  # of a file or folder in running text
_POSIX = re.compile(rf"(?<![\w./\\-])(?:file://)?/(?!dev/|proc/)(?:{_NAME}/)+")
_WINDOWS = re.compile(rf"\b[A-Za-z]:[\\/]+(?:{_NAME}[\\/]+)+")


def publish(path: Path, cell: str, folder: Path) -> list[Path]:
    """Copy a result to where it is published as one of `cell`, and return these places.

    What it says of a pool and start method takes the place of what an earlier one said.

    Raises:
        ResultError: it is no result, or `cell` cannot be the name of a folder.
        OSError: it cannot be read, or not be written.
    """
    if stems([cell])[cell] != cell:
        raise refuse("cell", cell, "letters, digits, dots and dashes")
    result = ResultFile.from_json(without_folders(load(path).to_json()))
    targets = []
    for alone in _subjects(result):
        (subject,) = alone.subjects
        (stem,) = stems([f"{subject.pool}-{subject.start_method}"]).values()
        targets.append(folder / "results" / f"report-{cell}" / stem / "result.json")
        targets[-1].parent.mkdir(parents=True, exist_ok=True)
        save(alone, targets[-1])
    return targets


def _subjects(result: ResultFile) -> Iterator[ResultFile]:
    """A result for each subject; one that was judged whole is not held to how the run ended."""
    for subject in result.subjects:
        yield replace(
            result,
            subjects=(subject,),
            duration_s=subject.duration_s,
            complete=subject.complete,
            interruption="" if subject.complete else result.interruption,
        )


def without_folders(value: Any) -> Any:
    """JSON in which an absolute path is its last name alone: `…/pool.py`."""
    if isinstance(value, dict):
        return {without_folders(key): without_folders(each) for key, each in value.items()}
    if isinstance(value, list):
        return [without_folders(each) for each in value]
    if isinstance(value, str):
        return _WINDOWS.sub("…/", _POSIX.sub("…/", value))
    return value
