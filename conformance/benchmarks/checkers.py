"""How long the checkers of linearizability and of happens-before take, over the size of a history.

    python conformance/benchmarks/checkers.py [--most 100000] [--json FILE] [--svg FILE]

Histories are those of a right object that 16 processes use at once, each operation overlapping with
those of others, so that a checker must look at all of it. Seconds of one processor.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from poolproof import linearizability as lin
from poolproof.happens_before import Step, races

PROCESSES = 16
_INSIDE = 20  # items in a queue, when the first is taken


@dataclass(frozen=True)
class Row:
    """One checker on one history."""

    checker: str
    operations: int
    seconds: float


def overlapping(count: int, calls: Callable[[int], tuple[str, Any, Any]]) -> list[lin.Operation]:
    """Operations that take effect in the order of their numbers, around which they spread."""
    generator = random.Random(count)
    found = []
    for number in range(count):
        name, argument, result = calls(number)
        begun, ended = (generator.random() * PROCESSES / 2 for _ in range(2))
        found.append(
            lin.Operation(
                name, number - begun, number + ended, argument, result, number % PROCESSES
            )
        )
    return found


def register_calls(number: int) -> tuple[str, Any, Any]:
    """A write, then a read of it."""
    return ("write", number, None) if number % 2 == 0 else ("read", None, number - 1)


def counter_calls(number: int) -> tuple[str, Any, Any]:
    """An addition, then a look at how many there were."""
    return ("add", None, None) if number % 2 == 0 else ("read", None, number // 2 + 1)


def queue_calls(number: int) -> tuple[str, Any, Any]:
    """Twenty-one puts, then a get and a put in turn."""
    if number <= _INSIDE or number % 2 == 0:
        return "put", number, None
    taken = (number - _INSIDE) // 2
    return "get", None, taken if taken <= _INSIDE else 2 * taken - _INSIDE


def stack_calls(number: int) -> tuple[str, Any, Any]:
    """Two pushes, then two pops."""
    place = number % 4
    return ("push", number, None) if place < 2 else ("pop", None, number - 2 * place + 3)


def lock_calls(number: int) -> tuple[str, Any, Any]:
    """A place taken, then given back."""
    return ("acquire", None, True) if number % 2 == 0 else ("release", None, None)


def handed_over(count: int) -> list[Step]:
    """A block that goes round, each time by a lock."""
    acts = ("receive", "read", "write", "send")
    return [Step(number // 4 % PROCESSES, acts[number % 4], "block") for number in range(count)]


def legal(check: Callable[[list[lin.Operation]], lin.Answer]) -> Callable[[Any], bool]:
    """Whether the checker says that all is well."""
    return lambda found: bool(check(found).legal)


CHECKERS: dict[str, tuple[Callable[[int], Any], Callable[[Any], bool]]] = {
    "register": (lambda n: overlapping(n, register_calls), legal(lin.register)),
    "counter": (lambda n: overlapping(n, counter_calls), legal(lin.counter)),
    "queue": (lambda n: overlapping(n, queue_calls), legal(lin.queue)),
    "stack": (lambda n: overlapping(n, stack_calls), legal(lin.stack)),
    "semaphore": (lambda n: overlapping(n, lock_calls), legal(lin.semaphore)),
    "happens-before": (handed_over, lambda steps: not list(races(steps))),
}


def measure(most: int) -> list[Row]:
    """Every checker on histories up to `most` operations."""
    rows = []
    for name, (history, is_right) in CHECKERS.items():
        for count in sizes(most):
            found = history(count)
            begun = time.process_time()
            if not is_right(found):
                raise AssertionError(f"{name}: a right history of {count} was called wrong")
            rows.append(Row(name, count, time.process_time() - begun))
            print(f"{name:15} {count:8,} operations {rows[-1].seconds:8.3f} s", flush=True)
    return rows


def sizes(most: int) -> list[int]:
    """1, 3, 10, 30, ... thousand operations, up to `most`."""
    steps = [factor * 10**power for power in range(3, 9) for factor in (1, 3)]
    return [step for step in steps if step <= most]


def main() -> None:
    """Measure, print, and write what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=100_000, metavar="N", help="operations")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--svg", type=Path, metavar="FILE")
    options = parser.parse_args()
    rows = measure(options.most)
    if options.json:
        options.json.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n")
    if options.svg:
        from checkers_plot import plot  # beside this file

        options.svg.write_text(plot([(r.checker, r.operations, r.seconds) for r in rows]))


if __name__ == "__main__":
    main()
