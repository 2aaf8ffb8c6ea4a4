"""What the START rules run in processes of the context under test."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from poolproof import journal
from poolproof.gate import Address, wait_at
from poolproof.history import Kind
from poolproof.plan import JSON

touched = 0  # what START-05 changes in one process and looks for in another


def _record(folder: str, op: str, key: JSON, value: JSON) -> None:
    journal.record(folder, Kind.OK, op, key, value)


def introduce(folder: str, key: JSON, *args: Any, **kwargs: Any) -> None:
    """Record who this process is, and what it was given."""
    me = multiprocessing.current_process()
    said = {"pid": os.getpid(), "name": me.name, "daemon": me.daemon}
    _record(folder, "child", key, {**said, "args": list(args), "kwargs": kwargs})


def end(how: str, value: Any) -> None:
    """End this process in one of the ways of START-02."""
    if how == "sys.exit":
        sys.exit(value)
    if how == "raise":
        raise ValueError(value)
    if how == "os._exit":
        os._exit(value)
    if how == "signal":
        os.kill(os.getpid(), getattr(signal, value))


def look_around(folder: str, names: list[str]) -> None:
    """Record the environment variables `names`, the folder, the path and the arguments."""
    _record(
        folder,
        "child",
        None,
        {
            "environ": {name: os.environ.get(name) for name in names},
            "cwd": os.getcwd(),
            "path": sys.path,
            "argv": sys.argv,
        },
    )


def nothing() -> None:
    """Start and end."""


def name_parent(folder: str, address: Address) -> None:
    """Record whom this process takes for its parent, while the parent waits."""
    parent = multiprocessing.parent_process()
    said: dict[str, JSON] = {"getppid": os.getppid()}
    if parent is not None:
        said |= {"pid": parent.pid, "name": parent.name, "alive": parent.is_alive()}
    _record(folder, "child", None, said)
    wait_at(address)


def touch(folder: str, key: int) -> None:
    """Record the module's state, then change it."""
    global touched
    _record(folder, "child", key, touched)
    touched += 1


def stay(address: Address) -> None:
    """Run until let go."""
    wait_at(address)


def grow(folder: str, make: Callable[..., Any], path: list[int], shape: list[int]) -> None:
    """Record this node, start `shape[0]` children the same way, and end as they did."""
    parent = multiprocessing.parent_process()
    said = {"pid": os.getpid(), "parent": None if parent is None else parent.pid}
    _record(folder, "node", path, said)
    children = [
        make(target=grow, args=(folder, make, [*path, number], shape[1:]))
        for number in range(shape[0] if shape else 0)
    ]
    for child in children:
        child.start()
    for child in children:
        child.join()
    if any(child.exitcode for child in children):
        sys.exit(1)


class Unreadable:
    """It can be pickled, and not unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return _fail_to_read, ()


def _fail_to_read() -> None:
    raise ValueError("an object that does not unpickle")


def accept(folder: str, key: JSON, _argument: Any) -> None:
    """Record that the argument has arrived."""
    _record(folder, "child", key, None)


def add_up(folder: str, who: str, device: str, numbers: list[int]) -> None:
    """Record the sum that a device of torch makes of `numbers`."""
    import torch

    _record(folder, "sum", who, int(torch.tensor(numbers, device=device).sum()))
