"""`poolproof run`: judge pools and write the report."""

from __future__ import annotations

import contextlib
import json
import signal
import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timezone
from types import FrameType

from poolproof_reports import write_all
from poolproof_reports.results import SCHEMA, ResultFile, SubjectResult

from poolproof.cli import listing, terminal
from poolproof.cli.errors import BadInput, choice, report
from poolproof.cli.request import Request, Target, check
from poolproof.drivers.resolve import REFERENCE
from poolproof.engine import Listener, SubjectRun
from poolproof.environment import run_info
from poolproof.profiles import PROFILES
from poolproof.stage.keeper import Keeper

FAILED = 1
INTERRUPTED = 130


def add_options(parser: ArgumentParser) -> None:
    """The options of `poolproof run`."""
    profiles = "; ".join(f"{p.name}: {p.purpose}" for p in PROFILES.values())
    add = parser.add_argument
    add(
        "--pool",
        action="append",
        metavar="POOL",
        help=f"a known pool, or package.module:factory (repeatable; default: {REFERENCE})",
    )
    add(
        "--start-method",
        action="append",
        default=[],
        metavar="METHOD",
        help="repeatable; default: every start method the pool has on this system",
    )
    add(
        "--rule",
        action="append",
        default=[],
        metavar="RULE",
        help="an id or pattern, such as RES-02 or 'DATA-*' (repeatable; default: all)",
    )
    add("--profile", default="quick", metavar="PROFILE", help=f"{profiles} (default: quick)")
    add("--seed", type=int, metavar="N", help="of the plans; the result file names the one used")
    add(
        "--out",
        default="poolproof-report",
        metavar="DIR",
        help="folder for result.json, summary.md and report.html (default: %(default)s)",
    )
    add("--json", action="store_true", help="print the result file (or list) instead of the table")
    add("--list", metavar="pools|rules", help="list what there is, and judge nothing")


def main(options: Namespace) -> int:
    """Run the command; return its exit code."""
    try:
        if options.list is not None:
            if options.list not in listing.LISTS:
                raise choice("list", options.list, listing.LISTS)
            return listing.print_list(options.list, options.json)
        return _run(check(options), options.json)
    except BadInput as error:
        return report(error)


def _run(request: Request, as_json: bool) -> int:
    console = terminal.console(stderr=as_json)
    record = _Record(request)
    with (
        _terminated_as_interrupted(),
        terminal.progress(console, len(request.targets) * len(request.rules)) as listener,
    ):
        try:
            record.judge(listener)
        except KeyboardInterrupt:
            record.interruption = "interrupted by the user"
    result = record.result()
    try:
        written = write_all(result, request.out)
    except OSError as error:
        return report(BadInput(f"--out {request.out}: {error}"))
    if as_json:
        print(json.dumps(result.to_json()))
    else:
        terminal.print_result(console, result, written)
    if record.interruption:
        return INTERRUPTED
    return FAILED if result.failures else 0


@dataclass
class _Record:
    """The run as it grows, so that a Ctrl-C loses nothing that was finished."""

    request: Request
    interruption: str = ""
    _subjects: list[SubjectResult] = field(default_factory=list)
    _began: datetime = field(default_factory=lambda: datetime.now(timezone.utc))
    _clock: float = field(default_factory=time.monotonic)

    def judge(self, listener: Listener) -> None:
        for target in self.request.targets:
            self._judge(target, listener)

    def _judge(self, target: Target, listener: Listener) -> None:
        with Keeper(target.pool, target.start_method) as keeper:
            run = SubjectRun(
                keeper=keeper,
                description=target.description,
                profile=self.request.profile,
                seed=self.request.seed,
                rules=self.request.rules,
                listen=listener,
            )
            try:
                run.judge()
            finally:
                self._subjects.append(run.result())

    def result(self) -> ResultFile:
        return ResultFile(
            schema=SCHEMA,
            run_info=run_info(),
            profile=self.request.profile.name,
            seed=self.request.seed,
            command=("poolproof", *sys.argv[1:]),
            started=self._began.isoformat(timespec="seconds"),
            duration_s=time.monotonic() - self._clock,
            complete=not self.interruption,
            interruption=self.interruption,
            subjects=tuple(self._subjects),
        )


@contextlib.contextmanager
def _terminated_as_interrupted() -> Iterator[None]:
    """SIGTERM (a CI job is cancelled) keeps what is finished too."""

    def interrupt(_signum: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
