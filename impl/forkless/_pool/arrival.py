"""How a worker's answers reach the pool, the same on every system: reported, or read directly."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from .frames import Frame

C = TypeVar("C")


@dataclass(eq=False)
class Arrival(Generic[C]):
    """`frames` that were completed, then how the channel stands.

    `hung_up`: the worker closed its end (it may still run). `ended`: the process is dead, and
    `frames` holds all that it ever wrote and was not reported yet.
    """

    channel: C
    frames: list[Frame]
    hung_up: bool = False
    ended: bool = False


class Loan(Protocol):
    """A channel whose answers the borrower reads, and the hub does not."""

    taking: threading.Lock  # held by the thread that reads, until the ledger knows what it read

    def await_answer(self) -> bool:
        """Wait for something to read; False when the worker has ended."""

    def read(self) -> list[Frame]:
        """What is there, with `taking` held; BlockingIOError for nothing, EOFError at the end."""

    def give_back(self) -> None:
        """The borrower touches it no more. From now on it may be lent again."""
