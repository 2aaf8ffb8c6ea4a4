"""`poolproof run --list pools|rules`."""

from __future__ import annotations

import json
from collections.abc import Callable

from poolproof_reports.terminal import console
from rich.table import Table

from poolproof.catalogue import GROUPS, rules
from poolproof.drivers.resolve import UnresolvedPool, names, resolve

Rows = list[dict[str, object]]


def print_list(what: str, as_json: bool) -> int:
    """Print the list; return the exit code."""
    rows = LISTS[what]()
    if as_json:
        print(json.dumps(rows, indent=1))
        return 0
    table = Table(box=None, pad_edge=False)
    columns = list(rows[0])
    for column in columns:
        table.add_column(column.replace("_", " "), overflow="fold", no_wrap=column == columns[0])
    for row in rows:
        table.add_row(*(_text(value) for value in row.values()))
    console().print(table)
    return 0


def _pools() -> Rows:
    return [_pool(name, text) for name, text in names().items()]


def _pool(name: str, text: str) -> dict[str, object]:
    row: dict[str, object] = {"pool": name, "what": text, "version": "", "start_methods": []}
    try:
        subject = resolve(name)
    except UnresolvedPool:
        return {**row, "version": "not installed"}
    return {**row, "version": subject.version, "start_methods": list(subject.start_methods)}


def _rules() -> Rows:
    return [
        {
            "rule": rule.id,
            "level": rule.level.value,
            "group": GROUPS[rule.group],
            "title": rule.title,
            "needs": sorted(rule.needs | ({"context"} if rule.kind == "context" else set())),
        }
        for rule in rules().values()
    ]


LISTS: dict[str, Callable[[], Rows]] = {"pools": _pools, "rules": _rules}


def _text(value: object) -> str:
    return ", ".join(value) if isinstance(value, list) else str(value)
