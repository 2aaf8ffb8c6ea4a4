"""Results as they are published: without the folders of the machine that they come from.

A folder that is published holds `results/report-CELL/POOL-METHOD/result.json`, figures in
`benchmarks/`, and the `site` that is made of them.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from poolproof_reports.decoding import refuse
from poolproof_reports.results import ResultFile, load, save
from poolproof_reports.site.naming import stems

_NAME = r"""[^\s/\\"'`:,;()<>|\[\]{}]+"""  # of a file or folder in running text
_POSIX = re.compile(rf"(?<![\w./\\-])(?:file://)?/(?!dev/|proc/)(?:{_NAME}/)+")
_WINDOWS = re.compile(rf"\b[A-Za-z]:[\\/]+(?:{_NAME}[\\/]+)+")


def publish(path: Path, cell: str, folder: Path) -> Path:
    """Copy a result to where it is published as one of `cell`, and return that place.

    It takes the place of an earlier one of the same pools and start methods.

    Raises:
        ResultError: it is no result, or `cell` cannot be the name of a folder.
        OSError: it cannot be read, or not be written.
    """
    if stems([cell])[cell] != cell:
        raise refuse("cell", cell, "letters, digits, dots and dashes")
    result = ResultFile.from_json(without_folders(load(path).to_json()))
    subjects = [f"{subject.pool}-{subject.start_method}" for subject in result.subjects]
    name = ",".join(dict.fromkeys(subjects))
    (stem,) = stems([name]).values()
    target = folder / "results" / f"report-{cell}" / stem / "result.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    save(result, target)
    return target


def without_folders(value: Any) -> Any:
    """JSON in which an absolute path is its last name alone: `…/pool.py`."""
    if isinstance(value, dict):
        return {without_folders(key): without_folders(each) for key, each in value.items()}
    if isinstance(value, list):
        return [without_folders(each) for each in value]
    if isinstance(value, str):
        return _WINDOWS.sub("…/", _POSIX.sub("…/", value))
    return value
