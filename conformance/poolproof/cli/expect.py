"""`poolproof expect`: compare results with what is known of the pools, or make that known."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from poolproof_reports.files import write_atomically
from poolproof_reports.results import ResultError, ResultFile, load
from poolproof_reports.terminal import console
from poolproof_reports.words import plural
from rich.table import Table
from rich.text import Text

from poolproof.cli.errors import BadInput, choice, report
from poolproof.drivers import builtin
from poolproof.expectations import Expectation, editing, expectations, path_of
from poolproof.expectations.observations import Cells, observed
from poolproof.expectations.revising import Change, Step
from poolproof.expectations.settling import settle

UNEXPECTED = 1


@dataclass(frozen=True, slots=True)
class _Settled:
    """One pool, what its results have against its file, and the file that would say it."""

    pool: str
    path: Path | None  # none is known
    changes: list[Change]
    ledger: editing.Ledger


def add_options(parser: ArgumentParser) -> None:
    """The options of `poolproof expect`."""
    add = parser.add_argument
    add("results", nargs="+", metavar="RESULT.json", type=Path, help="what runs have written")
    add("--update", action="store_true", help="write it into the files of the pools")
    add("--pool", metavar="POOL", help="this pool alone (default: every pool of the results)")
    add(
        "--file",
        type=Path,
        metavar="FILE",
        help="the file of the pool (default: the one that comes with poolproof)",
    )
    add("--json", action="store_true", help="print what is unexpected as JSON")


def main(options: Namespace) -> int:
    """Run the command; return its exit code."""
    try:
        settled = list(_settle(options))
        if options.update:
            _write(settled)
    except BadInput as error:
        return report(error)
    _show(settled, options.json, options.update)
    left = [c for s in settled for c in s.changes if _is_left(c, options.update)]
    return UNEXPECTED if left else 0


def _is_left(change: Change, updated: bool) -> bool:
    return change.step is Step.LOOK if updated else change.news


def _settle(options: Namespace) -> Iterator[_Settled]:
    pools = _pools(options)
    entries: dict[str, tuple[Expectation, ...]] = {}
    ledgers = {pool: _ledger(_path(pool, options.file)) for pool in pools}
    # An heir after the pool that it inherits from: what is said there need not be said twice.
    for pool in sorted(pools, key=lambda pool: ledgers[pool].inherits in pools):
        ledger = ledgers[pool]
        base = ledger.inherits
        inherited = entries.get(base) or (expectations(base) if base else ())
        changes = settle(ledger, inherited, pools[pool])
        entries[pool] = (*ledger.entries, *inherited)
        yield _Settled(pool, _path(pool, options.file), changes, ledger)


def _pools(options: Namespace) -> dict[str, Cells]:
    pools = observed(_load(path) for path in options.results)
    if options.pool is not None:
        if options.pool not in pools:
            raise choice("pool", options.pool, pools, "in these results")
        pools = {options.pool: pools[options.pool]}
    if options.file is not None and len(pools) != 1:
        raise BadInput(
            f"--file is one pool's, the results have {', '.join(pools) or 'none'}: add --pool"
        )
    return pools


def _load(path: Path) -> ResultFile:
    try:
        return load(path)
    except (ResultError, OSError) as error:
        raise BadInput(str(error)) from error


def _path(pool: str, file: Path | None) -> Path | None:
    return file or (path_of(pool) if pool in builtin.known() else None)


def _ledger(path: Path | None) -> editing.Ledger:
    try:
        return editing.read(path) if path else editing.Ledger("", "", [])
    except (ValueError, OSError) as error:
        raise BadInput(f"expectations: {error}") from error


def _write(settled: list[_Settled]) -> None:
    for one in settled:
        if all(change.step is Step.LOOK for change in one.changes):
            continue
        if one.path is None:
            raise BadInput(f"pool {one.pool!r} has no file of its own: name one with --file")
        try:
            write_atomically(one.path, one.ledger.text.encode())
        except OSError as error:
            raise BadInput(f"{one.path}: {error}") from error


def _show(settled: list[_Settled], as_json: bool, updated: bool) -> None:
    changes = [(s, c) for s in settled for c in s.changes if c.news or updated]
    if as_json:
        print(json.dumps([_record(s, c) for s, c in changes], indent=1))
        return
    screen = console()
    table = Table(box=None, pad_edge=False)
    for column in ("pool", "rule", "entry", "because it"):
        table.add_column(column, overflow="fold", no_wrap=column == "rule")
    for one, change in changes:
        table.add_row(one.pool, change.rule, change.step.value, Text(change.why))
    if changes:
        screen.print(table)
    screen.print("Nothing unexpected" if not changes else _summary(settled, updated))


def _summary(settled: list[_Settled], updated: bool) -> str:
    left = plural(sum(_is_left(c, updated) for s in settled for c in s.changes), "verdict")
    if not updated:
        return f"{left} otherwise than expected; --update makes it known"
    return "All of it is expected from now on" if left.startswith("0 ") else f"{left} to look at"


def _record(one: _Settled, change: Change) -> dict[str, object]:
    entry = None if change.entry is None else asdict(change.entry)
    return {
        "pool": one.pool,
        "rule": change.rule,
        "step": change.step.value,
        "why": change.why,
        "entry": entry,
    }
