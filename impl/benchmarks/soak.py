"""A soak: many tasks, workers that are killed at random, every task and byte accounted for.

Run: python impl/benchmarks/soak.py [--tasks 10000] [--kill-every 50] [--start-method fork]

Each task gets bytes (or a tensor, where torch is installed) of a random size, notes that it
ran in a file of its worker, and gives back what it got. Accounted for means: each result is right,
bit for bit, or is the WorkerDied of a worker that was killed; no task is lost, and none ran twice;
no worker is left.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import multiprocessing
import os
import random
import tempfile
import time
import zlib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from forkless.pool import Pool, WorkerDied

_WITHIN = 300.0  # seconds in which any one result must be there
_TENSOR_EVERY = 10


@dataclass(frozen=True)
class Plan:
    """`largest`: bytes of a payload."""

    tasks: int = 10_000
    kill_every: int = 50
    processes: int = 4
    start_method: str = "spawn"
    largest: int = 1 << 20
    tensors: bool = False

    def payload(self, number: int) -> Any:
        """The same for the same number: so the reader knows what must come back."""
        draw = random.Random(number)
        content = draw.randbytes(int(self.largest ** draw.random()))
        if self.tensors and number % _TENSOR_EVERY == 0:
            import torch

            return torch.frombuffer(bytearray(content), dtype=torch.uint8)
        return content


@dataclass
class Account:
    """What became of each task, by number."""

    right: set[int] = field(default_factory=set)
    died: set[int] = field(default_factory=set)
    wrong: set[int] = field(default_factory=set)
    unexplained: set[int] = field(default_factory=set)  # deaths of workers that nobody killed
    ran_twice: set[int] = field(default_factory=set)
    never_ran: set[int] = field(default_factory=set)  # and yet gave a result
    kills: int = 0
    bytes_back: int = 0
    workers_left: int = 0

    def faults(self, plan: Plan) -> dict[str, object]:
        """What is not as it must be; empty when all is accounted for."""
        found = {
            "lost": set(range(plan.tasks)) - self.right - self.died - self.wrong,
            "wrong": self.wrong,
            "unexplained": self.unexplained,
            "ran twice": self.ran_twice,
            "never ran": self.never_ran,
            "workers left": self.workers_left,
        }
        return {name: what for name, what in found.items() if what}

    def __str__(self) -> str:
        return (
            f"{len(self.right)} right, {len(self.died)} died in {self.kills} kills, "
            f"{self.bytes_back} bytes came back"
        )


def work(folder: str, number: int, payload: Any) -> tuple[int, int, Any]:
    """Note that the task runs, and give back what arrived, with a checksum of it."""
    with open(Path(folder, str(os.getpid())), "a", encoding="ascii") as log:
        log.write(f"{number}\n")
    time.sleep(number % 8 / 1000)  # work: so that a kill meets a task, and not only idle workers
    return number, checksum(payload), payload


def checksum(payload: Any) -> int:
    return zlib.crc32(payload if isinstance(payload, bytes) else payload.numpy().tobytes())


class Soak:
    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._draw = random.Random(plan.tasks)
        self._killed: set[int | None] = set()
        self._account = Account()

    def run(self) -> Account:
        """Raises multiprocessing.TimeoutError when a result is not there in time."""
        plan = self._plan
        with tempfile.TemporaryDirectory() as folder:
            with Pool(plan.processes, mp_context=plan.start_method) as pool:
                for first in range(0, plan.tasks, plan.kill_every):
                    numbers = range(first, min(first + plan.kill_every, plan.tasks))
                    self._go_round(pool, folder, numbers)
                pool.close()
                pool.join()
                self._account.workers_left = len(pool._pool)
            self._count_runs(Path(folder))
        return self._account

    def _go_round(self, pool: Pool, folder: str, numbers: range) -> None:
        """Kill a worker somewhere in the middle, while the others have tasks."""
        payloads = {number: self._plan.payload(number) for number in numbers}
        asked = {}
        last_before_kill = self._draw.choice(numbers)
        for number, payload in payloads.items():
            asked[number] = pool.apply_async(work, (folder, number, payload))
            if number == last_before_kill:
                self._kill_one(pool)
        for number, result in asked.items():
            self._settle(number, result)

    def _kill_one(self, pool: Pool) -> None:
        victims = pool._pool
        if victims:
            victim = self._draw.choice(victims)
            self._killed.add(victim.pid)
            self._account.kills += 1
            with contextlib.suppress(OSError):  # it has died meanwhile
                victim.kill()

    def _settle(self, number: int, result: Any) -> None:
        account = self._account
        try:
            told, seen, back = result.get(_WITHIN)
        except WorkerDied as error:
            account.died.add(number)
            if error.pid not in self._killed:
                account.unexplained.add(number)
            return
        sent = checksum(self._plan.payload(number))
        if (told, seen, checksum(back)) == (number, sent, sent):
            account.right.add(number)
            account.bytes_back += len(back)
        else:
            account.wrong.add(number)

    def _count_runs(self, folder: Path) -> None:
        runs: Counter[int] = Counter()
        for log in folder.iterdir():
            runs.update(int(line) for line in log.read_text(encoding="ascii").split())
        self._account.ran_twice = {number for number, count in runs.items() if count > 1}
        self._account.never_ran = self._account.right - runs.keys()


def main() -> None:
    default = Plan()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, default=default.tasks)
    parser.add_argument("--kill-every", type=int, default=default.kill_every)
    parser.add_argument("--processes", type=int, default=default.processes)
    parser.add_argument("--start-method", default=multiprocessing.get_all_start_methods()[0])
    parser.add_argument("--largest", type=int, default=default.largest, help="bytes of a payload")
    options = parser.parse_args()
    plan = Plan(**vars(options), tensors=importlib.util.find_spec("torch") is not None)
    begin = time.monotonic()
    account = Soak(plan).run()
    faults = account.faults(plan)
    print(f"{account}, in {time.monotonic() - begin:.0f} s")
    print(f"not accounted for: {faults}" if faults else "every task and byte is accounted for")
    raise SystemExit(bool(faults))


if __name__ == "__main__":
    main()
