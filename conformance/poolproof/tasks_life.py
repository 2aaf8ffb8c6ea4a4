"""What the LIFE rules run in workers."""

from __future__ import annotations

import os
import time
import weakref
from typing import Any

from poolproof import journal
from poolproof.gate import Address, wait_at
from poolproof.history import Kind

_known: tuple[int, str] | None = None


def worker() -> str:
    """A name for this process that no other ever has; pids alone are given out again."""
    global _known
    pid = os.getpid()
    if _known is None or _known[0] != pid:  # a forked worker inherits its parent's
        _known = (pid, f"{pid}-{time.time_ns()}")
    return _known[1]


def work(folder: str, key: int) -> int:
    """Record which worker runs task `key`; return the key."""
    journal.record(folder, Kind.OK, "task", key, worker())
    return key


def work_at(folder: str, address: Address, key: int) -> int:
    """The same, after a wait at the gate."""
    wait_at(address, key)
    return work(folder, key)


def visit(folder: str, address: Address, key: int) -> int:
    """Record the time from before to after a wait at the gate."""
    journal.record(folder, Kind.INVOKE, "visit", key)
    wait_at(address, key)
    journal.record(folder, Kind.OK, "visit", key)
    return key


def enter(folder: str, given: int) -> None:
    """An initializer: record in which worker it ran, and what it was given."""
    journal.record(folder, Kind.INFO, "initializer", worker(), given)


def nest(spec: str, start_method: str, workers: int, items: list[int]) -> list[int]:
    """Open a pool of the kind that runs this, and map over it."""
    from poolproof.drivers.base import OpenOptions
    from poolproof.drivers.resolve import resolve
    from poolproof.drivers.wrap import wrap

    pool = wrap(resolve(spec).open(OpenOptions(workers, start_method)))
    values = pool.map(abs, items)
    pool.close()
    return values


class Token:
    """An object whose number in this process is known; a copy arrives by pickle as a new one."""

    def __init__(self) -> None:
        _tokens.add(self)

    def __reduce__(self) -> tuple[Any, ...]:
        return Token, ()


_tokens: weakref.WeakSet[Token] = weakref.WeakSet()


def tokens() -> int:
    """How many tokens are in this process's memory."""
    return len(_tokens)


def forget(token: Token) -> None:
    """Take a token and return nothing."""
