"""What the FAULT rules run in workers: tasks that fail, die, or cannot be sent."""

from __future__ import annotations

import contextlib
import faulthandler
import gc
import os
import pickle
import signal
import socket
import sys
import threading
import warnings
from collections.abc import Callable
from importlib import import_module
from typing import Any, NoReturn

from poolproof import journal
from poolproof.gate import Address, open_line, wait_at
from poolproof.history import Kind

# TerminateProcess, where there are no signals: it cannot be caught either.
KILL = getattr(signal, "SIGKILL", signal.SIGTERM)

EXITS: dict[str, BaseException] = {
    "SystemExit()": SystemExit(),
    "SystemExit(0)": SystemExit(0),
    "SystemExit(3)": SystemExit(3),
    "SystemExit('text')": SystemExit("text"),
    "KeyboardInterrupt()": KeyboardInterrupt(),
    "GeneratorExit()": GeneratorExit(),
}
ERRORS: dict[str, type[Exception]] = {
    e.__name__: e
    for e in (
        ArithmeticError,
        AssertionError,
        AttributeError,
        EOFError,
        LookupError,
        MemoryError,
        NotImplementedError,
        OSError,
        pickle.PicklingError,
        RecursionError,
        StopIteration,
        TimeoutError,
        ValueError,
    )
}


def hold(folder: str, address: Address, key: int) -> int:
    """Wait at the gate in the middle of a recorded task; return the key when let go."""
    journal.record(folder, Kind.INVOKE, "task", key)
    wait_at(address, key)
    journal.record(folder, Kind.OK, "task", key)
    return key


def die(code: int) -> NoReturn:
    """End this worker from inside a task, without a word."""
    os._exit(code)


def raise_exit(name: str) -> NoReturn:
    """Raise what ends a program, see `EXITS`."""
    raise EXITS[name]


def raise_error(name: str, key: int) -> NoReturn:
    """Raise an ordinary error, see `ERRORS`."""
    raise ERRORS[name](f"task {key}")


class NeedsTwo(Exception):
    """The usual way to fail at unpickling: `args` has one value, the constructor needs two."""

    def __init__(self, what: str, where: str) -> None:
        super().__init__(f"{what} at {where}")


class Landmine(Exception):
    """An exception that pickles, and raises another when it is unpickled."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind

    def __reduce__(self) -> tuple[Any, ...]:
        return raise_error, (self.kind, 0)


def raise_untransportable(kind: str) -> NoReturn:
    """Raise an exception that the caller cannot unpickle."""
    raise NeedsTwo("a bug", "a task") if kind == "two arguments" else Landmine(kind)


class Unpicklable:
    """A value that refuses to be pickled, by an error of the kind named. Also a callable."""

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def __reduce__(self) -> NoReturn:
        raise ERRORS[self.kind]("this value refuses to be pickled")

    def __call__(self) -> None:
        """Never reached in another process."""


def give_unpicklable(kind: str) -> Unpicklable:
    """Return what cannot be sent back."""
    return Unpicklable(kind)


def fail_to_start(folder: str, how: str, limit: int) -> None:
    """An initializer that fails, and gives in at the `limit`-th time.

    Giving in bounds the storm of a pool that replaces its workers for ever: its tasks then run,
    and the rule ends with evidence and not by a timeout.
    """
    journal.record(folder, Kind.INFO, "initializer", value=how)
    if len(journal.read(folder).of("initializer")) >= limit:
        return
    if how == "raise":
        raise ValueError("the initializer fails")
    if how == "exit":
        sys.exit(3)
    os._exit(3)


class Checkpoint:
    """A value that waits at the gate while it is pickled."""

    def __init__(self, address: Address) -> None:
        self.address = address

    def __reduce__(self) -> tuple[Any, ...]:
        wait_at(self.address, "pickling")
        return str, ("passed",)


class Parcel:
    """A result of `size` bytes with a checkpoint before or after them; it arrives as its size."""

    def __init__(self, address: Address, size: int, at_the_tail: bool) -> None:
        parts = [bytes(size), Checkpoint(address)]
        self.parts = parts if at_the_tail else parts[::-1]

    def __reduce__(self) -> tuple[Any, ...]:
        return weigh, tuple(self.parts)


def weigh(*parts: bytes | str) -> int:
    """How many bytes a parcel brought."""
    return sum(len(part) for part in parts if isinstance(part, bytes))


class Opening:
    """An argument that waits at the gate while it is unpickled."""

    def __init__(self, address: Address) -> None:
        self.address = address

    def __reduce__(self) -> tuple[Any, ...]:
        return wait_at, (self.address, "unpickling")


def accept(folder: str, key: int, *_: Any) -> int:
    """Take whatever comes; return the key."""
    journal.record(folder, Kind.OK, "task", key)
    return key


def crash(how: str) -> NoReturn:
    """End by a fault of native code: "sigsegv", "sigabrt".

    faulthandler's own means for its tests: they leave no core dump and open no window.
    """
    getattr(faulthandler, f"_{how}")()
    raise AssertionError(f"faulthandler._{how}() has returned")


class Mined:
    """A value that pickles, and raises an error of the kind named when it is unpickled."""

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def __reduce__(self) -> tuple[Any, ...]:
        return raise_error, (self.kind, 0)


def give_mined(kind: str) -> Mined:
    """Return what the caller cannot unpickle."""
    return Mined(kind)


class Odd:
    """A value whose pickling raises what pickling seldom does, see `ODDITIES` and `EXITS`."""

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def __reduce__(self) -> tuple[Any, ...]:
        if self.kind in EXITS:
            raise EXITS[self.kind]
        return ODDITIES[self.kind]()


def give_odd(kind: str) -> Odd:
    """Return what raises something odd when it is sent back."""
    return Odd(kind)


class Unsayable(Exception):
    """An error that nobody can print."""

    def __str__(self) -> str:
        raise ValueError("this error has no text")

    __repr__ = __str__


def _too_deep() -> tuple[Any, ...]:
    nested: list[Any] = []
    for _ in range(_DEEP):
        nested = [nested]
    return len, (nested,)


def _out_of_memory() -> tuple[Any, ...]:
    return bytes, (bytearray(sys.maxsize),)


def _unsayable() -> NoReturn:
    raise Unsayable


_DEEP = 200_000  # beyond the recursion limit of pickle on every version
ODDITIES: dict[str, Callable[[], tuple[Any, ...]]] = {
    "nested too deep": _too_deep,
    "more than the memory": _out_of_memory,
    "an error without a text": _unsayable,
}


class Laden(Exception):
    """An exception that carries something which is hard to send, see `LOADS`."""

    def __init__(self, load: str) -> None:
        super().__init__(load)
        self.load = LOADS[load](self)


class _Mute(Laden):
    def __repr__(self) -> str:
        if os.getpid() != self.load:
            return "arrived"
        raise ValueError("no repr in the worker")

    __str__ = __repr__

    def __reduce__(self) -> NoReturn:
        raise pickle.PicklingError("this exception refuses to be pickled")


LOADS: dict[str, Callable[[Laden], Any]] = {
    "a lock": lambda _: threading.Lock(),
    "a frame": lambda _: sys._getframe(),
    "a generator": lambda _: (number for number in [1]),
    "a function without a name": lambda _: lambda: None,
    "4 MiB": lambda _: bytes(4 << 20),
    "itself": lambda error: error,
    "no repr": lambda _: os.getpid(),
}


def raise_laden(load: str) -> NoReturn:
    """Raise an exception that carries something, with a long chain of causes."""
    error = (_Mute if load == "no repr" else Laden)(load)
    cause: BaseException = error
    for number in range(50):
        cause.__cause__ = ValueError(number)
        cause = cause.__cause__
    raise error


_lines: list[socket.socket] = []


def keep_line(address: Address, key: int, inside: Address) -> int:
    """Open a line to the gate that ends with this process; pass another gate, and return."""
    _lines.append(open_line(address, key))
    wait_at(inside, key)
    return key


def stay_on_line(address: Address, key: int) -> int:
    """Open such a line, and stay in the task until the other side hangs up."""
    line = open_line(address, key)
    _lines.append(line)
    with contextlib.suppress(ConnectionError):
        line.recv(1)
    return key


class _Broken:
    """A standard stream that cannot be written to."""

    def write(self, _: str) -> NoReturn:
        raise ValueError("I/O operation on closed file")

    flush = write


_closed: set[int] = set()


def _close(descriptor: int) -> None:
    if descriptor not in _closed:  # once: the number may be somebody else's by then
        _closed.add(descriptor)
        os.close(descriptor)


def _wait_in_a_thread() -> None:
    threading.Thread(target=threading.Event().wait, daemon=True).start()


HABITS: dict[str, Callable[[], object]] = {
    "standard output closed": lambda: _close(1),
    "standard error closed": lambda: _close(2),
    "sys.stdin closed": lambda: sys.stdin.close(),
    "sys.stdout None": lambda: setattr(sys, "stdout", None),
    "sys.stderr None": lambda: setattr(sys, "stderr", None),
    "sys.stdout broken": lambda: setattr(sys, "stdout", _Broken()),
    "another working directory": lambda: os.chdir(os.sep),
    "warnings are errors": lambda: warnings.simplefilter("error"),
    "Ctrl-C ignored": lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
    "garbage collection disabled": gc.disable,
    "a daemon thread": _wait_in_a_thread,
}


def misbehave(habits: list[str], key: int) -> int:
    """Leave this process untidy, see `HABITS`; return the key."""
    for habit in habits:
        HABITS[habit]()
    return key


def ignore_sigterm(address: Address) -> None:
    """Make this process ignore SIGTERM, and wait at the gate."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    wait_at(address)


def note_start(folder: str) -> None:
    """An initializer that is counted."""
    journal.record(folder, Kind.INFO, "initializer")


def posix() -> Any:
    """What POSIX alone can do; for rules that need `can.POSIX`."""
    return import_module(f"{__name__}_posix")
