"""What the workers of other pools do; they import it by this name."""

from __future__ import annotations

import multiprocessing
from typing import Any


def square(n: int) -> tuple[int, str]:
    """The square, and what kind of process this is."""
    kinds = {kind.__name__ for kind in type(multiprocessing.current_process()).__mro__}
    return n * n, (kinds & {"ForkserverProcess"} or kinds & {"ForklessProcess"} or kinds).pop()


class Squares:
    """A dataset."""

    def __len__(self) -> int:
        return 4

    def __getitem__(self, place: int) -> float:
        return float(place) ** 2


def expect_forkless(worker: int) -> None:
    """Fail in a worker that is no forkless process."""
    from forkless import ForklessProcess

    process = multiprocessing.current_process()
    assert isinstance(process, ForklessProcess), f"worker {worker} is {process}"


def fill(place: int, tensor: Any) -> None:
    """Write into a shared tensor."""
    expect_forkless(place)
    tensor[place] = place + 1.0


def fail(place: int) -> None:
    """Raise in one of two."""
    if place == 1:
        raise ValueError("of the child 1")
