"""What workers run for rules of result equality."""

from __future__ import annotations

import os
import random
import threading
from collections.abc import Callable
from typing import Any

from poolproof import journal
from poolproof.gate import Address, wait_at
from poolproof.graphs import build
from poolproof.history import Kind
from poolproof.plan import JSON


def identity(value: Any) -> Any:
    """The argument itself."""
    return value


def counted(value: Any) -> tuple[int, Any]:
    """One, and the argument."""
    return 1, value


def boxed(value: Any) -> dict[str, Any]:
    """The argument one level deeper."""
    return {"value": value}


def kind(value: Any) -> str:
    """The name of the argument's type."""
    return type(value).__name__


def nothing(_value: Any) -> None:
    """None, which is a result like any other."""


VOCABULARY: dict[str, Callable[[Any], Any]] = {
    function.__name__: function for function in (identity, counted, boxed, kind, nothing)
}


def square(number: int) -> list[int]:
    """`[number, number**2]`, after work of uneven length, so that later items end earlier."""
    for _ in range(1000 * (number * 7 % 5)):
        pass
    return [number, number**2]


def worked(folder: str, number: int) -> int:
    """Work that takes longer than handing out the item, and records its end."""
    for _ in range(10_000):
        pass
    journal.record(folder, Kind.OK, "task", number)
    return number


def draws(library: str, count: int, seed: int | None = None) -> list[int]:
    """Numbers of 32 bits from the global generator, after seeding it where there is a seed."""
    if library == "random":
        if seed is not None:
            random.seed(seed)
        return [random.getrandbits(32) for _ in range(count)]
    from numpy import random as numpy_random

    if seed is not None:
        numpy_random.seed(seed)
    return [int(numpy_random.randint(2**32, dtype="uint64")) for _ in range(count)]


def first_draws(address: Address, library: str) -> list[int]:
    """The process, and 128 bits that it draws; then wait at the gate."""
    drawn = draws(library, 4)
    wait_at(address)
    return [os.getpid(), *drawn]


def answer(question: list[int]) -> list[int]:
    """The question, `[operation, place]`, with the square of the place."""
    operation, place = question
    return [operation, *square(place)]


def row(*arguments: Any) -> list[Any]:
    """How many arguments came, and which."""
    return [len(arguments), *arguments]


def called_with(*arguments: Any, **keywords: Any) -> list[Any]:
    """What it was called with."""
    return [list(arguments), keywords]


def passes_gate(address: Address, spec: JSON) -> JSON:
    """Wait at the gate, then `settle`."""
    wait_at(address)
    return settle(spec)


def recorded_unless(folder: str, bad: frozenset[int], number: int) -> int:
    """Record that task `number` runs; return it, or raise ValueError for those in `bad`."""
    journal.record(folder, Kind.INVOKE, "task", number)
    if number in bad:
        raise ValueError(number)
    return number


def square_or_stop(number: int, stops: frozenset[int]) -> int:
    """The square, or StopIteration for the numbers in `stops`."""
    if number in stops:
        raise StopIteration(number)
    return number**2


class Misfit(Exception):
    """An exception of an application, with a signature of its own that it can be rebuilt from."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(code, reason)
        self.code = code


ERRORS: dict[str, type[Exception]] = {
    error.__name__: error
    for error in (
        ValueError,
        KeyError,
        IndexError,
        RuntimeError,
        ArithmeticError,
        AssertionError,
        StopIteration,
        TimeoutError,
        OSError,
        UnicodeDecodeError,
        Misfit,
    )
}


def make_error(spec: JSON) -> Exception:
    """The exception that `{"type": name, "args": [specification, ...]}` describes."""
    return ERRORS[spec["type"]](*(build(argument) for argument in spec["args"]))


def settle(spec: JSON) -> JSON:
    """Return `spec`, or raise the exception it describes."""
    if isinstance(spec, dict):
        raise make_error(spec)
    return spec


def return_lock() -> Any:
    """A result that cannot be sent."""
    return threading.Lock()


def raise_lock() -> None:
    """Raise an exception that cannot be sent."""
    raise ValueError(threading.Lock())


THE_PLACE = "_where_the_task_went_wrong"


def fail_deep(spec: JSON) -> None:
    """Raise from a function whose name only a traceback can tell: `THE_PLACE`."""
    _where_the_task_went_wrong(spec)


def _where_the_task_went_wrong(spec: JSON) -> None:
    raise make_error(spec)


WAYS = ("a cause", "a context", "a note")


def fail_because(way: str, spec: JSON, reason: str) -> None:
    """Raise the exception that `spec` describes, with a reason beside it."""
    error = make_error(spec)
    if way == "a cause":
        raise error from RuntimeError(reason)
    if way == "a note":
        vars(error)["__notes__"] = [reason]  # what add_note() does, which Python 3.10 has not
        raise error
    try:
        raise RuntimeError(reason)
    except RuntimeError:
        raise error  # noqa: B904 - the context is what is sent
