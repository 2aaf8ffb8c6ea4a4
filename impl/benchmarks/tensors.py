"""Round trips of a tensor (x + 1): forkless.Pool against its peers, and against doing it here.

Run: python impl/benchmarks/tensors.py [--start-method fork] [--rounds 9] [--largest-mib 256]
     [--kind torch|numpy] [--best] [--json FILE]

All pools have one worker, live at once and take turns in each round, so that what else happens on
the machine harms all. "here" is copy in + op + copy out in this process, into new memory each
time. Figures are medians over the rounds, or with --best the best round of each, which is what a
machine with other work on it can still tell; only ratios within one run travel to other machines.
Each pool is sent the same tensor every time: torch's reducers move it into shared memory at the
first sending, and copy it no more. Each has one of its own, for what lies in shared memory is
shared by every pool.
"""

from __future__ import annotations

import importlib.util
import multiprocessing
import statistics
import time
from collections.abc import Callable
from contextlib import ExitStack
from copy import deepcopy
from functools import partial
from typing import Any

from figures import parser, write
from forkless.pool import Pool
from ray_pool import open_ray

_SIZES = (1 << 10, 1 << 16, 1 << 20, 1 << 24, 1 << 28)
_TRIPS_BYTES = 1 << 22  # small tensors make more trips a round
_MOST_TRIPS = 10


def add_one(x: Any) -> Any:
    return x + 1


def one_thread() -> None:
    import torch

    torch.set_num_threads(1)


def _here(x: Any) -> Any:
    return deepcopy(add_one(deepcopy(x)))


def _apply(pool: Any, x: Any) -> Any:
    return pool.apply(add_one, (x,))


def _open_pools(stack: ExitStack, method: str) -> dict[str, Callable[[Any], Any]]:
    """What to call for one round trip, by the pool's name."""
    import torch.multiprocessing

    ways: dict[str, Callable[[Any], Any]] = {"here": _here}
    native = multiprocessing.get_context(method)
    pools = {
        "multiprocessing": native.Pool(1, one_thread),
        "torch": torch.multiprocessing.get_context(method).Pool(1, one_thread),
        "forkless": Pool(1, one_thread, mp_context=native),
    }
    for name, pool in pools.items():
        stack.enter_context(pool)
        ways[name] = partial(_apply, pool)
    if importlib.util.find_spec("loky") is not None:
        import loky

        executor = loky.ProcessPoolExecutor(1, initializer=one_thread)
        stack.callback(executor.shutdown, kill_workers=True)
        ways["loky"] = lambda x: executor.submit(add_one, x).result()
    ray = open_ray(stack, 1)
    if ray is not None:
        ways["ray"] = partial(_apply, ray)
    return ways


def _round(call: Callable[[Any], Any], x: Any, trips: int) -> float:
    """Milliseconds of one trip."""
    begin = time.perf_counter()
    for _ in range(trips):
        call(x)
    return (time.perf_counter() - begin) / trips * 1e3


def main() -> None:
    options = parser(__doc__)
    options.add_argument("--start-method", default=multiprocessing.get_start_method())
    options.add_argument("--rounds", type=int, default=9)
    options.add_argument("--largest-mib", type=int, default=256)
    options.add_argument("--best", action="store_true")
    options.add_argument("--kind", choices=["torch", "numpy"], default="torch")
    chosen = options.parse_args()
    import torch

    one_thread()
    with ExitStack() as stack:
        ways = _open_pools(stack, chosen.start_method)
        rows: dict[str, dict[str, str | float]] = {name: {"pool": name} for name in ways}
        print(f"{'size':>10}" + "".join(f"{name:>17}" for name in ways) + "   ms")
        for size in _SIZES:
            if size > chosen.largest_mib << 20:
                break
            x = torch.randn(size // 4)
            own = {name: x.clone() if chosen.kind == "torch" else x.numpy().copy() for name in ways}
            trips = max(1, min(_MOST_TRIPS, _TRIPS_BYTES // size))
            times: dict[str, list[float]] = {name: [] for name in ways}
            for _ in range(chosen.rounds + 1):
                for name, call in ways.items():
                    times[name].append(_round(call, own[name], trips))
            summary = min if chosen.best else statistics.median
            figures = {name: summary(column[1:]) for name, column in times.items()}
            for name, figure in figures.items():
                rows[name][f"{size >> 10} KiB"] = figure
            mine = figures["forkless"]
            best = min(one for name, one in figures.items() if name not in ("here", "forkless"))
            print(
                f"{size >> 10:>6} KiB"
                + "".join(f"{one:>17.3f}" for one in figures.values())
                + f"   best peer / forkless {best / mine:.2f}, forkless / here "
                f"{mine / figures['here']:.2f}",
                flush=True,
            )
    write(chosen.json, rows.values())


if __name__ == "__main__":
    main()
