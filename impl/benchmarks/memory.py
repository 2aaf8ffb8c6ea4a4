"""Memory of eight workers, and of one tensor that all of them hold: forkless.Pool and torch's.

    python impl/benchmarks/memory.py [--start-methods fork spawn forkless] [--workers 8]
        [--mib 1024] [--json FILE]

For Linux, as PSS is counted, of this process and of all that it started: a page that several of
them map counts once in all. "workers" is what a pool adds when each of its workers has run a task
with torch. "tensor" is what is there in addition while each of them holds the same tensor, which
`map` gave to all; the caller's own is part of it. What forkless keeps ready, whoever uses it, is a
row of its own.
"""

from __future__ import annotations

import multiprocessing
import multiprocessing.pool
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import forkless
import torch
import torch.multiprocessing  # registers how it pickles tensors, for every context
from figures import markdown, parser, write
from forkless.pool import Pool

WITHIN = 300.0  # seconds for all workers to hold the tensor
_barrier: Any = None


@dataclass(frozen=True)
class Row:
    """MiB that were added."""

    method: str
    pool: str
    workers: float
    tensor: float


@dataclass(frozen=True)
class Way:
    """A pool, and what becomes of the tensor before it is sent."""

    name: str
    open: Callable[..., Any]
    prepare: Callable[[torch.Tensor], torch.Tensor] = torch.clone
    options: tuple[tuple[str, str], ...] = ()


WAYS = (
    Way("torch.multiprocessing", multiprocessing.pool.Pool),
    Way('forkless, tensors="share"', Pool, options=(("tensors", "share"),)),
    Way("forkless, forkless.share(x)", Pool, forkless.share),
    Way("forkless, by value", Pool),
)


def measure(method: str, way: Way, workers: int, mib: int) -> Row:
    """Open the pool, have each worker hold the tensor, and close it."""
    if method == "forkless":
        context: Any = forkless.get_context()
    else:
        context = multiprocessing.get_context(method)
    barrier = context.Barrier(workers + 1)
    before = total()
    options = dict(way.options)
    with way.open(workers, begin, (barrier,), context=context, **options) as pool:
        idle = held(pool, torch.ones(1), workers, barrier)
        # The temporary tensor is gone before anything is counted.
        tensor = held(pool, way.prepare(torch.ones(mib << 18)), workers, barrier)
        pool.close()
        pool.join()
    return Row(method, way.name, idle - before, tensor - idle)


def reserve(workers: int) -> Row:
    """Have a spare for each worker; they stay."""
    before = total()
    forkless.warm_up(workers, wait=WITHIN)
    return Row("forkless", "server, template and spares", total() - before, 0.0)


def held(pool: Any, x: torch.Tensor, workers: int, barrier: Any) -> float:
    """MiB in use while each worker holds `x`."""
    results = pool.map_async(hold, [x] * workers, 1)
    barrier.wait(WITHIN)
    found = total()
    barrier.wait(WITHIN)
    assert results.get(WITHIN) == [float(x.sum())] * workers
    return found


def begin(barrier: Any) -> None:
    """A worker's initializer."""
    global _barrier
    _barrier = barrier
    torch.set_num_threads(1)


def hold(x: torch.Tensor) -> float:
    """Read all of `x`, and keep it until everybody has been counted."""
    total = float(x.sum())
    _barrier.wait(WITHIN)
    _barrier.wait(WITHIN)
    return total


def total() -> float:
    """MiB of this process and of its descendants."""
    return sum(map(_pss, _family(os.getpid()))) / 1024


def _family(pid: int) -> Iterator[int]:
    yield pid
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text(encoding="ascii").split():
            yield from _family(int(child))


def _pss(pid: int) -> int:
    """KiB."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
        name, _, rest = line.partition(":")
        if name == "Pss":
            return int(rest.split()[0])
    raise OSError(f"process {pid}: no PSS")


def table(rows: list[Row], mib: int) -> str:
    """The rows as Markdown, with how often the tensor is there."""
    titles = ["start method", "pool", "workers, MiB", "tensor, MiB", "copies of it"]
    return markdown(
        titles,
        (
            [
                row.method, row.pool, f"{row.workers:.0f}", f"{row.tensor:.0f}",
                f"{row.tensor / mib:.2f}",
            ]
            for row in rows
        ),
    )  # fmt: skip


def main() -> None:
    """Measure, print the table, and write the JSON."""
    options = parser(__doc__)
    options.add_argument("--start-methods", nargs="+", default=["fork", "spawn", "forkless"])
    options.add_argument("--workers", type=int, default=8)
    options.add_argument("--mib", type=int, default=1024, help="the tensor's size (default: 1024)")
    chosen = options.parse_args()
    if sys.platform != "linux":
        options.error(f"{sys.platform} does not tell a process's share of its memory; use Linux")
    torch.set_num_threads(1)
    rows = []
    for method in chosen.start_methods:
        if method == "forkless":
            rows.append(reserve(chosen.workers))
        rows += [measure(method, way, chosen.workers, chosen.mib) for way in WAYS]
    print(f"Python {sys.version.split()[0]}, torch {torch.__version__}, {chosen.workers} workers")
    print(table(rows, chosen.mib))
    write(chosen.json, map(asdict, rows))


if __name__ == "__main__":
    main()
