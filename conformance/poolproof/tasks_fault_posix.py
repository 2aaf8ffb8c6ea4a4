"""What the FAULT rules do with means that POSIX alone has (see `tasks_fault.posix`)."""

from __future__ import annotations

import os
import resource
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from poolproof.gate import Address, wait_at

assert sys.platform != "win32"


def leave_heir(address: Address) -> NoReturn:
    """Fork a child that waits at the gate, and die."""
    if os.fork() == 0:
        try:
            wait_at(address)
        finally:
            os._exit(0)
    os._exit(9)


@contextmanager
def descriptors_left(free: int) -> Iterator[None]:
    """Allow this process no more than so many further descriptors."""
    probe = os.open(os.devnull, os.O_RDONLY)  # the lowest number that is free
    os.close(probe)
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (probe + free, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def press_ctrl_c(leader: int) -> None:
    """Interrupt a process group, as a terminal does."""
    os.killpg(leader, signal.SIGINT)
