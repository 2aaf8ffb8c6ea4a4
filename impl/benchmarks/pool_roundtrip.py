"""Round trips and throughput of no-op tasks: forkless.Pool against multiprocessing.Pool.

Run: python impl/benchmarks/pool_roundtrip.py [--start-method fork] [--processes 2] [--rounds 5]
     [--json FILE]

Both pools live at once and take turns in each round, so that what else happens on the machine
harms both. Figures are medians over the rounds; only the ratio travels to other machines.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import statistics
import time
from collections.abc import Callable
from typing import Any

from forkless.pool import Pool

_ROUND_TRIPS = 2_000
_ASYNC_TASKS = 5_000
_MAP_TASKS = 5_000
_CHUNKED_TASKS = 200_000


def noop(value: int) -> int:
    return value


def round_trip(pool: Any) -> float:
    """Microseconds of one apply, median."""
    times = []
    for _ in range(_ROUND_TRIPS):
        begin = time.perf_counter()
        pool.apply(noop, (1,))
        times.append(time.perf_counter() - begin)
    return statistics.median(times) * 1e6


def throughput(work: Callable[[], int]) -> float:
    """Thousands of tasks a second."""
    begin = time.perf_counter()
    tasks = work()
    return tasks / (time.perf_counter() - begin) / 1e3


def apply_async(pool: Any) -> float:
    def work() -> int:
        results = [pool.apply_async(noop, (1,)) for _ in range(_ASYNC_TASKS)]
        return len([result.get() for result in results])

    return throughput(work)


def map_one(pool: Any) -> float:
    return throughput(lambda: len(pool.map(noop, range(_MAP_TASKS), chunksize=1)))


def map_default(pool: Any) -> float:
    return throughput(lambda: len(pool.map(noop, range(_CHUNKED_TASKS))))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--start-method", default=multiprocessing.get_start_method())
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", metavar="FILE", help="write the figures there as well")
    options = parser.parse_args()
    measures = {
        "apply round trip, us": round_trip,
        "apply_async then get, k/s": apply_async,
        "map chunksize=1, k/s": map_one,
        "map default chunksize, k/s": map_default,
    }
    rows: list[dict[str, str | float]] = [{"pool": "multiprocessing"}, {"pool": "forkless"}]
    context = multiprocessing.get_context(options.start_method)
    with (
        context.Pool(options.processes) as native,
        Pool(options.processes, mp_context=context) as ours,
    ):
        for title, measure in measures.items():
            pairs = [(measure(native), measure(ours)) for _ in range(options.rounds + 1)][1:]
            theirs, mine = (statistics.median(column) for column in zip(*pairs, strict=True))
            rows[0][title], rows[1][title] = theirs, mine
            print(
                f"{title:28} multiprocessing {theirs:10.1f}   forkless {mine:10.1f}   "
                f"ratio {mine / theirs:.2f}"
            )
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(rows, file, indent=2)


if __name__ == "__main__":
    main()
