"""Systems on which a server could be seen by others only through a name that anyone may use."""

from __future__ import annotations

from collections.abc import Iterator


class Board:
    """Shows nothing."""

    def post(self, data: bytes) -> None:
        """Nobody could read it."""


def read_all() -> Iterator[bytes]:
    """Raises NotImplementedError."""
    raise NotImplementedError(
        "on this system the servers of other programs cannot be seen; ask within the program that "
        "uses forkless: print(forkless.status(memory=True))"
    )
