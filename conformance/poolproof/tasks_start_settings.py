"""What multiprocessing itself knows in a process: key, start method, log level; and its dice."""

from __future__ import annotations

import hashlib
import multiprocessing
import random
from collections.abc import Callable
from typing import Any

from poolproof import journal
from poolproof.history import Kind
from poolproof.plan import JSON


def key() -> dict[str, JSON]:
    """A name for this process's authentication key."""
    return {"authkey": hashlib.sha256(multiprocessing.current_process().authkey).hexdigest()[:16]}


def tell_key(folder: str, make: Callable[..., Any], generations: int) -> None:
    """Record the key here and in descendants, each the child of the one before."""
    journal.record(folder, Kind.OK, "child", generations, key())
    if generations > 1:
        _run(make(target=tell_key, args=(folder, make, generations - 1)))


def tell_method(folder: str, generations: int) -> None:
    """Record the default start method here and in descendants that are started by default."""
    seen = {"method": multiprocessing.get_start_method()}
    journal.record(folder, Kind.OK, "child", generations, seen)
    if generations > 1:
        _run(multiprocessing.Process(target=tell_method, args=(folder, generations - 1)))


def log_level() -> dict[str, JSON]:
    """The level from which multiprocessing logs here."""
    return {"level": multiprocessing.get_logger().getEffectiveLevel()}


def tell_log_level(folder: str) -> None:
    """Record the level."""
    journal.record(folder, Kind.OK, "child", None, log_level())


def throw(folder: str, key: JSON) -> None:
    """Record some random numbers."""
    journal.record(folder, Kind.OK, "numbers", key, [random.getrandbits(48) for _ in range(3)])


def _run(process: Any) -> None:
    process.start()
    process.join()
