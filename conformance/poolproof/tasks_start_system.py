"""What the system knows of a process and its child should share: for the START rules."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any

from poolproof import journal
from poolproof.history import Kind
from poolproof.plan import JSON

_signals: Any = signal  # Windows has few of them
_os: Any = os
_IGNORE = signal.SIG_IGN


def umask() -> int:
    """The file creation mask, which can be read only by changing it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def files(limits: Iterable[str]) -> dict[str, JSON]:
    """How private and how limited this process is."""
    return {"umask": f"{umask():03o}", **{name: limit(name) for name in limits}}


def limit(name: str) -> list[int]:
    """Soft and hard limit of the resource with this name."""
    resource: Any = import_module("resource")
    return list(resource.getrlimit(getattr(resource, name)))


def lower_limit(name: str, soft: int) -> Callable[[], None]:
    """Lower a soft limit (to at most the hard one), and return what raises it again."""
    resource: Any = import_module("resource")
    number = getattr(resource, name)
    before, hard = resource.getrlimit(number)
    highest = soft if hard == resource.RLIM_INFINITY else min(soft, hard)
    resource.setrlimit(number, (highest, hard))
    return lambda: resource.setrlimit(number, (before, hard))


def cores() -> list[int]:
    """The processors that this process may use."""
    return sorted(_os.sched_getaffinity(0))


def use_cores(chosen: Iterable[int]) -> None:
    """Use these processors alone."""
    _os.sched_setaffinity(0, set(chosen))


def dispositions(names: Iterable[str]) -> dict[str, list[str]]:
    """Which of the signals with these names are ignored, and which blocked."""
    numbers = {name: getattr(signal, name) for name in names}
    blocked = _signals.pthread_sigmask(_signals.SIG_BLOCK, ())
    return {
        "ignored": [n for n, number in numbers.items() if signal.getsignal(number) == _IGNORE],
        "blocked": [n for n, number in numbers.items() if number in blocked],
    }


def ignore_and_block(ignored: list[str], blocked: list[str]) -> Callable[[], None]:
    """Ignore and block the signals with these names, and return what restores them."""
    before = [(s, signal.signal(s, _IGNORE)) for s in (getattr(signal, n) for n in ignored)]
    mask = _signals.pthread_sigmask(_signals.SIG_BLOCK, [getattr(signal, n) for n in blocked])

    def restore() -> None:
        _signals.pthread_sigmask(_signals.SIG_SETMASK, mask)
        for number, handler in before:
            signal.signal(number, handler)

    return restore


def unblock_all() -> None:
    """Block no signal."""
    _signals.pthread_sigmask(_signals.SIG_SETMASK, ())


def look_at_files(folder: str, limits: list[str]) -> None:
    """Record umask and resource limits."""
    journal.record(folder, Kind.OK, "child", None, files(limits))


def look_at_cores(folder: str) -> None:
    """Record the processors."""
    journal.record(folder, Kind.OK, "child", None, {"cores": cores()})


def look_at_signals(folder: str, names: list[str]) -> None:
    """Record ignored and blocked signals."""
    journal.record(folder, Kind.OK, "child", None, dispositions(names))


def speak(number: int) -> None:
    """Say on descriptors 1 and 2 which child this is."""
    for descriptor in (1, 2):
        os.write(descriptor, f"child {number} on {descriptor}\n".encode())
