"""Round trips and throughput of no-op tasks: forkless.Pool against multiprocessing.Pool and Ray.

    python impl/benchmarks/pool_roundtrip.py [--start-method fork] [--processes 2] [--rounds 5]
        [--without-ray] [--json FILE]

All pools live at once and take turns in each round, so that what else happens on the machine harms
all. Ray, where it is installed, gets a twentieth of the tasks. Figures are medians over the rounds;
only the ratio travels to other machines.
"""

from __future__ import annotations

import multiprocessing
import statistics
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from figures import markdown, parser, write
from forkless.pool import Pool
from ray_pool import open_ray

_ROUND_TRIPS = 2_000
_TASKS = 5_000
_CHUNKED_TASKS = 200_000
_SLOW = 20  # a pool that is slow gets so many times fewer tasks


def noop(value: int) -> int:
    return value


def round_trip(pool: Any, share: int) -> float:
    """Microseconds of one apply, median."""
    times = []
    for _ in range(_ROUND_TRIPS // share):
        begin = time.perf_counter()
        pool.apply(noop, (1,))
        times.append(time.perf_counter() - begin)
    return statistics.median(times) * 1e6


def throughput(work: Callable[[], int]) -> float:
    """Thousands of tasks a second."""
    begin = time.perf_counter()
    tasks = work()
    return tasks / (time.perf_counter() - begin) / 1e3


def apply_async(pool: Any, share: int) -> float:
    def work() -> int:
        results = [pool.apply_async(noop, (1,)) for _ in range(_TASKS // share)]
        return len([result.get() for result in results])

    return throughput(work)


def map_one(pool: Any, share: int) -> float:
    return throughput(lambda: len(pool.map(noop, range(_TASKS // share), chunksize=1)))


def map_default(pool: Any, share: int) -> float:
    return throughput(lambda: len(pool.map(noop, range(_CHUNKED_TASKS // share))))


def map_list(pool: Any, share: int) -> float:
    items = list(range(_CHUNKED_TASKS // share))
    return throughput(lambda: len(pool.map(noop, items)))


MEASURES = {
    "apply round trip, us": round_trip,
    "apply_async then get, k/s": apply_async,
    "map chunksize=1, k/s": map_one,
    "map default chunksize, a range, k/s": map_default,
    "map default chunksize, a list, k/s": map_list,
}


def open_pools(stack: ExitStack, method: str, processes: int, with_ray: bool) -> dict[str, Any]:
    context = multiprocessing.get_context(method)
    pools = {
        "forkless": stack.enter_context(Pool(processes, mp_context=context)),
        "multiprocessing": stack.enter_context(context.Pool(processes)),
    }
    ray = open_ray(stack, processes) if with_ray else None
    return pools if ray is None else {**pools, "ray": ray}


def measure_all(pools: dict[str, Any], rounds: int) -> list[dict[str, Any]]:
    """A row a pool: the medians of each measure."""
    rows: list[dict[str, Any]] = [{"pool": name} for name in pools]
    for title, measure in MEASURES.items():
        columns = [
            [measure(pool, _SLOW if name == "ray" else 1) for name, pool in pools.items()]
            for _ in range(rounds + 1)
        ]
        for row, figures in zip(rows, zip(*columns[1:], strict=True), strict=True):
            row[title] = statistics.median(figures)
    return rows


def table(rows: list[dict[str, Any]]) -> str:
    """The rows as Markdown, with forkless's ratio to each of the others."""
    titles = ["", *(row["pool"] for row in rows), *(f"to {row['pool']}" for row in rows[1:])]
    lines = []
    for measure in MEASURES:
        figures = [row[measure] for row in rows]
        ratios = [f"{figures[0] / figure:.2f}" for figure in figures[1:]]
        lines.append([measure, *(f"{figure:.1f}" for figure in figures), *ratios])
    return markdown(titles, lines)


def main() -> None:
    """Measure, print the table, and write the JSON."""
    options = parser(__doc__)
    options.add_argument("--start-method", default=multiprocessing.get_start_method())
    options.add_argument("--processes", type=int, default=2)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--without-ray", action="store_true")
    chosen = options.parse_args()
    with ExitStack() as stack:
        pools = open_pools(stack, chosen.start_method, chosen.processes, not chosen.without_ray)
        rows = measure_all(pools, chosen.rounds)
    print(table(rows))
    write(chosen.json, rows)


if __name__ == "__main__":
    main()
