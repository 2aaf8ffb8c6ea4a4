"""``python -m forkless status``: the servers of this user, for people and for programs."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta

from .messages import Overview, Status
from .overview import servers
from .room import MIB

_TEXT = """\
Show the forkless servers that run for you on this machine, one for each program that has started
processes, with the spares that they keep.
"""
_LEGEND = """\
columns:
  SERVER    process id of the server; it ends with the last process of its program
  PROGRAM   the program that started it, and its process id
  RUNNING   how long the server has run
  SPARES    warm spares, of how many it keeps; "+1" is warming up
  CHILDREN  processes that began as spares and still run
  HITS      starts that found a warm spare, of all starts: the others waited for imports
  MEMORY    what server, template and spares take, in MiB; what is shared is divided among them
Below a server stands why it keeps fewer spares than the program's starts ask for.

exit codes: 0 servers are shown, 1 none runs, 2 wrong arguments, 3 not known on this system (macOS:
there, ask within the program: print(forkless.status(memory=True)))

examples:
  python -m forkless status
  python -m forkless status --json | python -m json.tool
"""
_HEAD = ("SERVER", "PROGRAM", "RUNNING", "SPARES", "CHILDREN", "HITS", "MEMORY")


def main(arguments: Sequence[str]) -> int:
    """Print the page; the result is the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m forkless status",
        description=_TEXT,
        epilog=_LEGEND,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--json", action="store_true", help="print a list of objects instead")
    as_json = parser.parse_args(arguments).json
    try:
        found = sorted(servers(), key=lambda one: one.since)
    except NotImplementedError as error:
        print(f"forkless: {error}", file=sys.stderr)
        return 3
    if as_json:
        print(json.dumps([_object(one) for one in found]))
    elif found:
        print(page(found, time.time()))
    else:
        print("no forkless server runs for you; a program's first start() or warm_up() starts one")
    return 0 if found else 1


def page(found: Sequence[Overview], now: float) -> str:
    """The servers as a table; *now* is in seconds since 1970."""
    rows = [_HEAD, *(_row(one, now) for one in found)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    for place, one in reversed(list(enumerate(found, start=2))):
        if one.status.reason:
            wished = f"  keeps {one.status.reserve} of {one.status.wished} spares wished for"
            lines.insert(place, f"{wished}, {one.status.reason}")
    return "\n".join(lines)


def _row(one: Overview, now: float) -> tuple[str, ...]:
    status = one.status
    warming = f" +{len(status.warming)}" if status.warming else ""
    starts = status.hits + status.cold_starts
    rate = "-" if status.hit_rate is None else f"{status.hits} of {starts} ({status.hit_rate:.0%})"
    return (
        str(status.server_pid),
        f"{_name(one.program)} ({one.client_pid})",
        str(timedelta(seconds=max(0, round(now - one.since)))),
        f"{len(status.ready)} of {status.reserve}{warming}",
        str(len(status.children)),
        rate,
        _memory(status),
    )


def _name(program: str) -> str:
    """Of a script its file, of a package its folder."""
    folder, name = os.path.split(program)
    return (os.path.basename(folder) if name == "__main__.py" else name) or "?"


def _memory(status: Status) -> str:
    """In all, and by whom: ``92 = 10 + 40 template + 3 x 14``."""
    taken = dict(status.memory or {})
    parts = [f"{_mib(taken.pop(status.server_pid or 0, 0))} server"]
    if status.template_pid in taken:
        parts.append(f"{_mib(taken.pop(status.template_pid))} template")
    if taken:
        parts.append(f"{len(taken)} x {_mib(sum(taken.values()) // len(taken))}")
    return f"{_mib(sum((status.memory or {}).values()))} = {' + '.join(parts)}"


def _mib(size: int) -> str:
    return f"{size / MIB:.0f}"


def _object(one: Overview) -> dict[str, object]:
    return {**asdict(one), "status": {**asdict(one.status), "hit_rate": one.status.hit_rate}}
