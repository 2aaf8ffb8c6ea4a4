"""How long a process takes to start, and to live: forkless beside what this system offers.

    python impl/benchmarks/start_latency.py [--runs 20] [--without-torch] [--json FILE]

Every method runs the same target of this same script, with torch imported by the script unless
told otherwise. Native forkserver preloads torch and ``__main__``. forkless is measured twice: from
a warm reserve (a spare a run, refill running), and sustained (default reserve, no pause between
starts). Figures are milliseconds; what counts are the ratios within one run.
"""

from __future__ import annotations

import multiprocessing
import statistics
import sys
import time
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection
from typing import Any

import forkless
from figures import markdown, parser, write

if "--without-torch" not in sys.argv:
    import torch  # noqa: F401 - its import is what is measured

WITHIN = 120.0


@dataclass(frozen=True)
class Row:
    """One method: medians and 99th percentiles, in milliseconds, over *runs* processes."""

    method: str
    runs: int
    returns: float
    first_line: float
    first_line_p99: float
    whole_life: float
    whole_life_p99: float
    hit_rate: float | None = None
    processor_seconds: float | None = None


def target(connection: Connection[int, None]) -> None:
    """The first line of a child."""
    connection.send(time.perf_counter_ns())


def measure(method: str, context: Any, runs: int) -> Row:
    """Start *runs* processes one after the other."""
    returns, first_lines, lives = [], [], []
    reader, writer = context.Pipe(duplex=False)
    for _ in range(runs):
        begun = time.perf_counter_ns()
        process = context.Process(target=target, args=(writer,))
        process.start()
        returns.append(time.perf_counter_ns() - begun)
        if not reader.poll(WITHIN):
            raise TimeoutError(f"{method}: no first line within {WITHIN:g} s from {process}")
        first_lines.append(reader.recv() - begun)
        process.join(WITHIN)
        lives.append(time.perf_counter_ns() - begun)
        process.close()
    return Row(
        method,
        runs,
        _median(returns),
        _median(first_lines),
        _p99(first_lines),
        _median(lives),
        _p99(lives),
    )


def measure_forkless(runs: int, sustained: bool) -> Row:
    """The same for forkless, in a server of its own."""
    before = _children_seconds()
    forkless.warm_up(1 if sustained else runs, wait=True)
    name = "forkless, sustained" if sustained else "forkless, warm"
    row = measure(name, forkless.get_context(), runs)
    status = forkless.status()
    forkless.shutdown()
    spent = _children_seconds()
    return Row(
        **{
            **asdict(row),
            "hit_rate": status.hits / (status.hits + status.cold_starts),
            "processor_seconds": None
            if before is None or spent is None
            else (spent - before) / runs,
        }
    )


def measure_all(runs: int) -> list[Row]:
    """Every method that this system has; spawn fewer times, for it takes seconds."""
    rows = [
        measure_forkless(runs, sustained=False),
        measure_forkless(runs, sustained=True),
        measure("spawn", multiprocessing.get_context("spawn"), max(3, runs // 4)),
    ]
    if "forkserver" in multiprocessing.get_all_start_methods():
        native = multiprocessing.get_context("forkserver")
        native.set_forkserver_preload(["__main__", *(["torch"] if "torch" in sys.modules else [])])
        measure("forkserver", native, 1)  # its first start imports the preload
        rows.append(measure("native forkserver", native, runs))
    return rows


def table(rows: list[Row]) -> str:
    """The rows as Markdown, with each method's ratio to forkless from a warm reserve."""
    best = rows[0]
    titles = [
        "method", "runs", "start() returns", "first line p50 / p99", "ratio",
        "whole life p50 / p99", "ratio", "hits", "cpu s a start",
    ]  # fmt: skip
    return markdown(
        titles,
        (
            [
                row.method, f"{row.runs}", f"{row.returns:.2f}",
                f"{row.first_line:.2f} / {row.first_line_p99:.2f}",
                f"{row.first_line / best.first_line:.1f}",
                f"{row.whole_life:.2f} / {row.whole_life_p99:.2f}",
                f"{row.whole_life / best.whole_life:.1f}",
                _or_dash(row.hit_rate, ".0%"), _or_dash(row.processor_seconds, ".2f"),
            ]
            for row in rows
        ),
    )  # fmt: skip


def _median(nanoseconds: list[int]) -> float:
    return statistics.median(nanoseconds) / 1e6


def _p99(nanoseconds: list[int]) -> float:
    return sorted(nanoseconds)[min(len(nanoseconds) - 1, int(len(nanoseconds) * 0.99))] / 1e6


def _or_dash(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)


def _children_seconds() -> float | None:
    """Processor time of all children that have ended, theirs included; POSIX alone tells."""
    if sys.platform == "win32":
        return None
    import resource

    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    """Measure, print the table, and write the JSON."""
    options = parser(__doc__)
    options.add_argument("--runs", type=int, default=20, help="processes a method (default: 20)")
    options.add_argument("--without-torch", action="store_true", help="measure bare interpreters")
    chosen = options.parse_args()
    rows = measure_all(chosen.runs)
    print(table(rows))
    write(chosen.json, map(asdict, rows))


if __name__ == "__main__":
    main()
