"""What a server shows on its board, and how others read it there."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

from . import limits, wire
from .board import Board, read_all
from .messages import Overview, Status


class Display:
    """Keeps a server's board up to date."""

    def __init__(self, program: str, client_pid: int) -> None:
        self._board = Board()
        self._shown = Overview(program, client_pid, time.time(), Status())

    def show(self, status: Status) -> None:
        """Show *status*, unless it is what is shown already."""
        if status == self._shown.status:
            return
        self._shown = replace(self._shown, status=status)
        with suppress(OSError):  # where no memory can be had, nobody sees it, and nobody is harmed
            self._board.post(wire.encode(self._shown))


def servers() -> Iterator[Overview]:
    """The servers of this release that run for this user, and what they take.

    Raises NotImplementedError where that cannot be known.
    """
    for data in read_all():
        with suppress(wire.Malformed):
            overview = wire.decode(data)
            if isinstance(overview, Overview):
                yield replace(overview, status=measured(overview.status))


def measured(status: Status) -> Status:
    """The same with the memory of server, template and unused spares."""
    taken = {pid: limits.share_of_memory(pid) for pid in status.helpers}
    return replace(status, memory={pid: size for pid, size in taken.items() if size is not None})
