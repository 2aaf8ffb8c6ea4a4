"""Errors that forkless raises about itself; whatever a target raises is passed on untouched."""

from __future__ import annotations

from multiprocessing import ProcessError


class ForkserverError(ProcessError):
    """The server, a spare or a preload failed; the text says what, why, and the way out."""


class OwnerDied(ProcessError):
    """Whoever held the lock has ended without releasing it; it is the caller's now.

    What the lock protects may be half changed. Attribute: `pid` of the process that held it (this
    one's, if it was another thread), or None where the system does not tell.
    """

    def __init__(self, pid: int | None) -> None:
        super().__init__(pid)
        self.pid = pid

    def __str__(self) -> str:
        who = "a process" if self.pid is None else f"process {self.pid}"
        return (
            f"{who} ended while it held this lock, and what the lock protects may be half changed; "
            "mend it and release the lock (a with statement has released it), or make the lock "
            "with on_owner_death='recover'"
        )
