"""`poolproof run`: judge pools and write the report."""

from __future__ import annotations

import contextlib
import json
import signal
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

from poolproof_reports import write_all
from poolproof_reports.junit import write_junit
from poolproof_reports.results import ResultError, ResultFile
from poolproof_reports.terminal import console
from rich.console import Console

from poolproof.archive import FAILURES, RUNNING
from poolproof.cli import INTERRUPTED, listing, terminal
from poolproof.cli.durations import seconds
from poolproof.cli.errors import BadInput, choice, report
from poolproof.cli.record import Record
from poolproof.cli.request import check, writable, writable_file
from poolproof.drivers.resolve import REFERENCE
from poolproof.profiles import PROFILES
from poolproof.spread import Cluster, ClusterLost

FAILED = 1
ENGINES = ("local", "ray")


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
        help="folder for result.json, summary.md, report.html, and a file for each failing plan "
        "in failures/ (default: %(default)s)",
    )
    add(
        "--database",
        metavar="DIR",
        help="folder of plans that failed before: tried first, added to; can be copied between "
        "machines (default: in the user's cache; quick has none)",
    )
    add(
        "--expect",
        metavar="FILE",
        help="known failures of the pool, as `poolproof expect --file` writes them "
        "(default: those that come with poolproof)",
    )
    add("--junit", metavar="FILE", help="write the result as JUnit XML too, for CI systems")
    add("--for", dest="for_", metavar="TIME", help="end the deep profile after 90s, 10m or 2h")
    add(
        "--engine",
        default="local",
        metavar="ENGINE",
        help="local: this machine judges; ray: the machines of a Ray cluster do, for the deep "
        "profile, and one that is lost loses nothing (default: %(default)s)",
    )
    add(
        "--ray-address",
        metavar="ADDRESS",
        help="the cluster, such as auto or ray://host:10001; poolproof and the pool are installed "
        "on its machines (default: $RAY_ADDRESS, or a cluster of this machine alone)",
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
        record = _record(options)
        with _engine(options, record) as record.cluster:
            return _run(record, options.json)
    except BadInput as error:
        return report(error)
    except ClusterLost as error:
        return report(BadInput(f"--engine ray: {error}"))


def _engine(
    options: Namespace, record: Record
) -> contextlib.AbstractContextManager[Cluster | None]:
    if options.engine not in ENGINES:
        raise choice("engine", options.engine, ENGINES)
    if options.engine == "local":
        if options.ray_address is not None:
            raise BadInput("--ray-address is for --engine ray")
        return contextlib.nullcontext()
    if record.request.profile.growth is None:
        raise BadInput(
            f"--engine ray is for --profile deep; {record.request.profile.name} fits one machine"
        )
    try:
        from poolproof import ray_cluster
    except ImportError as error:
        raise BadInput(f"--engine ray: {error}; pip install 'poolproof[ray]'") from error
    return ray_cluster.joined(options.ray_address)


def _record(options: Namespace) -> Record:
    request = check(options)
    record = Record(request)
    if options.database is not None:
        record.database = writable("--database", Path(options.database))
    if options.junit is not None:
        record.junit = writable_file("--junit", Path(options.junit))
    if options.for_ is not None:
        if request.profile.growth is None:
            raise BadInput(f"--for is for --profile deep; {request.profile.name} ends by itself")
        record.for_s = seconds("--for", options.for_)
    return record


def _run(record: Record, as_json: bool) -> int:
    screen = console(stderr=as_json)
    with _terminated_as_interrupted():
        try:
            record.judge(
                lambda rules: terminal.progress(screen, rules),
                lambda: _after_round(record, screen),
            )
        except KeyboardInterrupt:
            # Rounds go on until told to stop: that is no interruption once all was judged.
            record.interruption = "" if record.rounds else "interrupted by the user"
        except ClusterLost as lost:
            record.interruption = f"the cluster failed: {lost}"
        except BaseException as error:  # what is finished outlives whatever it is
            record.interruption = f"{type(error).__name__}: {error}"
            _finish(record, screen, as_json)
            raise
    result = _finish(record, screen, as_json)
    if record.interruption:
        return INTERRUPTED
    return FAILED if result.failures else 0


def _finish(record: Record, screen: Console, as_json: bool) -> ResultFile:
    result = record.result()
    written: dict[str, Path] = {}
    try:
        written = _write(result, record)
    finally:
        # A full disk takes the files: what was judged is shown all the same.
        if as_json:
            print(json.dumps(result.to_json()))
        else:
            terminal.print_result(screen, result, written)
    return result


def _after_round(record: Record, screen: Console) -> None:
    if record.request.profile.growth is not None:
        _write(record.result(), record)
        screen.print(f"round {record.rounds} is done: {record.request.out / 'result.json'}")


def _write(result: ResultFile, record: Record) -> dict[str, Path]:
    out = record.request.out
    try:
        written = write_all(result, out)
        if record.junit is not None:
            written["JUnit"] = write_junit(result, record.junit)
    except OSError as error:
        raise BadInput(f"cannot write {error.filename or out}: {error.strerror}") from error
    except ResultError as error:
        raise BadInput(f"cannot write {out}: {error}") from error
    kept = {FAILURES: out / FAILURES, "plan that was running": out / RUNNING}
    return written | {name: path for name, path in kept.items() if path.exists()}


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
