"""What the RACE rules run in workers and processes."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager
from typing import Any

from poolproof import journal
from poolproof.children import owned
from poolproof.gate import Address, wait_at
from poolproof.history import Kind


def run_once(folder: str, key: int) -> int:
    """Record that task `key` runs here; return it."""
    journal.record(folder, Kind.INVOKE, "task", key)
    journal.record(folder, Kind.OK, "task", key)
    return key


def linger(microseconds: int) -> None:
    """Give others the processor in the middle of something, so that a missing lock shows."""
    time.sleep(microseconds / 1e6)


def count_up(
    address: Address,
    counters: list[tuple[Any, AbstractContextManager[Any]]],
    rounds: int,
    pause_us: int,
) -> None:
    """Add 1 to each counter's `value`, `rounds` times, each time under its guard."""
    wait_at(address)
    for counter, guard in counters:
        for _ in range(rounds):
            with guard:
                seen = counter.value
                linger(pause_us)
                counter.value = seen + 1


def hold_repeatedly(
    address: Address, guards: list[Any], folder: str, member: int, rounds: int, pause_us: int
) -> None:
    """Take and leave each guard, `rounds` times, and record each hold from inside it."""
    wait_at(address)
    for number, guard in enumerate(guards):
        for turn in range(rounds):
            with guard:
                journal.record(folder, Kind.INVOKE, "hold", [number, member, turn])
                linger(pause_us)
                journal.record(folder, Kind.OK, "hold", [number, member, turn])


def produce(address: Address, queue: Any, producer: int, items: int, size: int) -> None:
    """Put `items` numbered items of about `size` bytes."""
    wait_at(address)
    for number in range(items):
        queue.put((producer, number, b"\0" * size))


def consume(address: Address, queue: Any, folder: str, consumer: int) -> None:
    """Get and record items until None comes."""
    wait_at(address)
    turn = 0
    while (item := queue.get()) is not None:
        producer, number, _ = item
        journal.record(folder, Kind.OK, "get", [consumer, turn], [producer, number])
        turn += 1


def start_some(address: Address, make: Any, folder: str, keys: list[int]) -> None:
    """Start a process for each key, all before any is joined; record how each ended."""
    processes = [make(target=run_once, args=(folder, key)) for key in keys]
    wait_at(address)
    with owned(processes):
        for process in processes:
            process.start()
        for key, process in zip(keys, processes, strict=True):
            process.join()
            journal.record(folder, Kind.INFO, "exit", key, process.exitcode)
