"""How long a DataLoader takes to its first batch, epoch after epoch: forkless beside the others.

    python impl/benchmarks/dataloader_epochs.py [--epochs 5] [--workers 2] [--json FILE]

Workers are not persistent, so that each epoch starts them anew. The first epoch also pays for what
a method does once: forkless and the native forkserver import torch in a process of their own.
Figures are milliseconds; what counts are the ratios within one run.
"""

from __future__ import annotations

import multiprocessing
import statistics
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import forkless
import torch
from figures import markdown, parser, write
from torch.utils.data import DataLoader

BATCH = 32
WITHIN = 120.0


class Squares:
    """Small tensors that cost nothing to make: what is measured is how workers start."""

    def __len__(self) -> int:
        return 4 * BATCH

    def __getitem__(self, index: int) -> torch.Tensor:
        return torch.full((64,), float(index * index))


@dataclass(frozen=True)
class Row:
    """Milliseconds from ``iter(loader)`` to the first batch, and through the whole epoch."""

    method: str
    first_epoch: float
    first_batch: float
    first_batch_worst: float
    epoch: float


def measure(method: str, context: Any, epochs: int, workers: int) -> Row:
    """Run *epochs*; all figures but the first epoch's are those of the epochs after it."""
    loader: Any = DataLoader(
        Squares(), BATCH, num_workers=workers, multiprocessing_context=context, timeout=WITHIN
    )
    firsts, wholes = zip(*(_epoch(loader) for _ in range(epochs)), strict=True)
    return Row(
        method, firsts[0], statistics.median(firsts[1:]), max(firsts[1:]),
        statistics.median(wholes[1:]),
    )  # fmt: skip


def contexts() -> Iterator[tuple[str, Any]]:
    """Every start method of this system; forkless as a program has it that does nothing for it."""
    native = multiprocessing.get_all_start_methods()
    yield "forkless", forkless.get_context()
    for method in ("spawn", "forkserver", "fork"):
        if method in native:
            context = multiprocessing.get_context(method)
            if method == "forkserver":
                context.set_forkserver_preload(["__main__", "torch"])
            yield f"native {method}" if method == "forkserver" else method, context


def table(rows: list[Row]) -> str:
    """The rows as Markdown, with each method's ratio to forkless."""
    best = rows[0]
    titles = [
        "method", "first epoch: first batch", "later: first batch, median / worst", "ratio",
        "whole epoch", "ratio",
    ]  # fmt: skip
    return markdown(
        titles,
        (
            [
                row.method, f"{row.first_epoch:.0f}",
                f"{row.first_batch:.1f} / {row.first_batch_worst:.1f}",
                f"{row.first_batch / best.first_batch:.1f}",
                f"{row.epoch:.1f}", f"{row.epoch / best.epoch:.1f}",
            ]
            for row in rows
        ),
    )  # fmt: skip


def _epoch(loader: Any) -> tuple[float, float]:
    begun = time.perf_counter_ns()
    batches = iter(loader)
    next(batches)
    first = time.perf_counter_ns() - begun
    for _ in batches:
        pass
    del batches  # ends its workers
    return first / 1e6, (time.perf_counter_ns() - begun) / 1e6


def main() -> None:
    """Measure, print the table, and write the JSON."""
    options = parser(__doc__)
    options.add_argument("--epochs", type=int, default=5, help="at least 2 (default: 5)")
    options.add_argument("--workers", type=int, default=2, help="a loader (default: 2)")
    chosen = options.parse_args()
    if chosen.epochs < 2:
        options.error(f"--epochs {chosen.epochs}: the first is told apart; take 2 or more")
    rows = [measure(name, each, chosen.epochs, chosen.workers) for name, each in contexts()]
    print(f"Python {sys.version.split()[0]}, torch {torch.__version__}, {chosen.workers} workers")
    print(table(rows))
    write(chosen.json, map(asdict, rows))


if __name__ == "__main__":
    main()
