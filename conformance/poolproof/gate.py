"""A gate where workers wait until the stage has seen that they run.

Guarantees:
    - `Gate.admit` returns only once the visitor is inside its task: no sleep, no guess.
    - A visitor goes on when it is released, when the gate closes, and when the stage dies.
Assumes:
    - Loopback TCP works between the stage and its workers (the one channel that every pool and
      every system has in common, and that no pool under test can break).
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
from dataclasses import dataclass
from types import TracebackType
from typing import TypeAlias

from poolproof.plan import JSON

Address: TypeAlias = tuple[str, int]
_LONGEST_QUEUE = 64


@dataclass(frozen=True)
class Visitor:
    """A worker that waits at the gate."""

    pid: int
    key: JSON
    channel: socket.socket

    def has_ended(self, within_s: float) -> bool:
        """Is its process dead by then? (For one that `open_line` has announced.)"""
        self.channel.settimeout(within_s)
        try:
            return not self.channel.recv(1)
        except (TimeoutError, BlockingIOError):
            return False
        except ConnectionError:  # how Windows reports the end of a process that was killed
            return True

    def release(self) -> None:
        """Let it go on (no error when it has died meanwhile)."""
        _hang_up(self.channel)


class Gate:
    """The stage's side: `with Gate() as gate`, tasks get `gate.address`."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=_LONGEST_QUEUE)
        self.address: Address = self._listener.getsockname()[:2]
        self._visitors: list[Visitor] = []

    def admit(self, visitors: int = 1) -> tuple[Visitor, ...]:
        """Wait until that many more workers are in `wait_at`."""
        arrived = tuple(self._admit_one() for _ in range(visitors))
        self._visitors += arrived
        return arrived

    def __enter__(self) -> Gate:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        _hang_up(self._listener)
        for visitor in self._visitors:
            visitor.release()

    def _admit_one(self) -> Visitor:
        channel, _ = self._listener.accept()
        with channel.makefile("rb") as lines:
            said = json.loads(lines.readline())
        return Visitor(said["pid"], said["key"], channel)


def wait_at(address: Address, key: JSON = None) -> None:
    """The worker's side: say who is here, then wait to be released.

    A task that a pool runs again after the gate has closed passes without waiting.
    """
    with contextlib.suppress(ConnectionError), open_line(address, key) as channel:
        channel.recv(1)  # nothing is ever sent: the end of the stream is the release


def open_line(address: Address, key: JSON = None) -> socket.socket:
    """Say who is here, and do not wait: the gate sees the line end when this process does.

    Raises:
        ConnectionError: the gate has closed.
    """
    channel = socket.create_connection(address)
    channel.sendall(json.dumps({"pid": os.getpid(), "key": key}).encode() + b"\n")
    return channel


def _hang_up(channel: socket.socket) -> None:
    # close() alone would not do: a worker forked meanwhile holds a copy of the descriptor.
    with contextlib.suppress(OSError):
        channel.shutdown(socket.SHUT_RDWR)
    channel.close()
