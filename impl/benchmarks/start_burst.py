"""How long a burst of starts takes that is twice as large as the reserve.

    python impl/benchmarks/start_burst.py [--bursts 5] [--without-torch] [--json FILE]

All processes of a burst are started at once, and each says when it has come to its first line.
forkless has the reserve of a program that has not asked for more yet, kept at that size, and makes
the rest while a burst goes on; its first row is a single burst, which found one spare ready.
Figures are milliseconds; what counts are the ratios within one run.
"""

from __future__ import annotations

import multiprocessing
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import forkless
from figures import markdown, parser, write

if "--without-torch" not in sys.argv:
    import torch  # noqa: F401 - its import is what is measured

WITHIN = 300.0


@dataclass(frozen=True)
class Row:
    """Milliseconds from the first ``start()`` to the first lines of the middle and last process."""

    method: str
    processes: int
    bursts: int
    half: float
    all: float


def target(connection: Any) -> None:
    """The first line of a child; so short a message is written whole."""
    connection.send(time.perf_counter_ns())


def burst(context: Any, count: int) -> tuple[float, float]:
    """Start *count* processes: when the middle one and the last came to their first line."""
    reader, writer = context.Pipe(duplex=False)
    with reader, writer:
        processes = [context.Process(target=target, args=(writer,)) for _ in range(count)]
        begun = time.perf_counter_ns()
        for process in processes:
            process.start()
        lines: list[float] = []
        for _ in processes:
            if not reader.poll(WITHIN):
                raise TimeoutError(f"{len(lines)} of {count} processes came within {WITHIN:g} s")
            lines.append((reader.recv() - begun) / 1e6)
        for process in processes:
            process.join(WITHIN)
            process.close()
    lines.sort()
    return lines[count // 2], lines[-1]


def measure(
    method: str, context: Any, count: int, bursts: int, before: Callable[[], object] = bool
) -> Row:
    """The medians of *bursts*, each after *before*."""
    figures = []
    for _ in range(bursts):
        before()
        figures.append(burst(context, count))
    halves, wholes = zip(*figures, strict=True)
    return Row(method, count, bursts, statistics.median(halves), statistics.median(wholes))


def measure_all(bursts: int) -> list[Row]:
    """Every method that this system has; spawn fewer times, for it takes seconds."""
    forkless.warm_up(1, wait=True)
    reserve = forkless.status().reserve
    context = forkless.get_context()
    count = 2 * reserve
    forkless.set_reserve(reserve)  # else it would remember the first burst
    rows = [
        measure("forkless, first", context, count, 1),
        measure("forkless", context, count, bursts, lambda: forkless.warm_up(reserve, wait=True)),
        measure("spawn", multiprocessing.get_context("spawn"), count, max(1, bursts // 3)),
    ]
    forkless.shutdown()
    native = multiprocessing.get_all_start_methods()
    if "forkserver" in native:
        server = multiprocessing.get_context("forkserver")
        server.set_forkserver_preload(["__main__", *(["torch"] if "torch" in sys.modules else [])])
        burst(server, 1)  # its first start imports the preload
        rows.append(measure("native forkserver", server, count, bursts))
    if "fork" in native:
        rows.append(measure("fork", multiprocessing.get_context("fork"), count, bursts))
    return rows


def table(rows: list[Row]) -> str:
    """The rows as Markdown, with each method's ratio to forkless with a full reserve."""
    best = rows[1]
    return markdown(
        ["method", "processes", "bursts", "half of them", "ratio", "all of them", "ratio"],
        (
            [
                row.method, f"{row.processes}", f"{row.bursts}",
                f"{row.half:.1f}", f"{row.half / best.half:.1f}",
                f"{row.all:.1f}", f"{row.all / best.all:.1f}",
            ]
            for row in rows
        ),
    )  # fmt: skip


def main() -> None:
    """Measure, print the table, and write the JSON."""
    options = parser(__doc__)
    options.add_argument("--bursts", type=int, default=5, help="a method (default: 5)")
    options.add_argument("--without-torch", action="store_true", help="measure bare interpreters")
    chosen = options.parse_args()
    rows = measure_all(chosen.bursts)
    print(table(rows))
    write(chosen.json, map(asdict, rows))


if __name__ == "__main__":
    main()
