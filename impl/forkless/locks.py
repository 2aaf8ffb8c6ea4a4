"""RLock and Lock(robust=True): locks that only their owner releases, and that outlive its death.

An owner is a thread of a process. When it ends, however it does, the system passes the lock to the
next one that asks, and what that one sees was declared where the lock was made
- "raise": `acquire` raises `OwnerDied`, and the caller has the lock: it may mend what the lock
  protects, and must release it. A with statement could not: it releases the lock and raises.
- "recover": nothing. For what is whole at any moment.
Each death is told once.

Guarantees: an exception in the middle, as Ctrl-C, leaves no lock held that nobody knows of.
"""

from __future__ import annotations

import os
import threading
from multiprocessing import context, process
from types import TracebackType

from .errors import OwnerDied
from .mutex import Mutex, Taken

ON_OWNER_DEATH = ("raise", "recover")


class _Thread:
    """A thread of this process. Its ident would be another one's as soon as it has ended."""

    def __init__(self) -> None:
        self.pid = os.getpid()


class _This(threading.local):
    def __init__(self) -> None:
        self.thread = _Thread()


_this = _This()


def _after_fork() -> None:
    """A fork of a thread has no lock that the thread has."""
    global _this
    _this = _This()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


class RobustLock:
    """`multiprocessing.Lock`, and only the thread that acquired it may release it."""

    _recursive = False

    def __init__(self, on_owner_death: str = "raise", mutex: Mutex | None = None) -> None:
        if on_owner_death not in ON_OWNER_DEATH:
            raise ValueError(
                f"on_owner_death must be one of {ON_OWNER_DEATH}, not {on_owner_death!r}"
            )
        self._on_owner_death = on_owner_death
        self._mutex = Mutex.make() if mutex is None else mutex
        self._owner: _Thread | None = None
        self._depth = 0

    def acquire(self, block: bool = True, timeout: float | None = None) -> bool:
        """Whether the lock was had within `timeout` seconds (None: it waits as long as it takes).

        Raises OwnerDied when it was had from a dead owner, unless it recovers: it is the caller's
        then. RuntimeError when a lock that is not recursive waits for the caller itself, or one
        that the caller has by another object, which came to this process by itself.
        """
        me = _this.thread
        if self._owner is me:
            return self._acquire_again(block)
        try:
            taken = self._mutex.acquire(timeout if block else 0.0, me.pid)
            if taken in (Taken.YES, Taken.ORPHANED):
                self._depth = 1
                self._owner = me
        except BaseException:
            if self._owner is me:  # another thread of this process may have it
                self._owner = None
            self._mutex.abort()
            raise
        if taken is Taken.NO:
            return False
        if taken is Taken.ALREADY:
            return self._wait_for_itself(block)
        if taken is Taken.ORPHANED and self._on_owner_death == "raise":
            raise OwnerDied(self._mutex.last_owner)
        return True

    def _acquire_again(self, block: bool) -> bool:
        if not self._recursive:
            return self._wait_for_itself(block)
        self._depth += 1
        return True

    def _wait_for_itself(self, block: bool) -> bool:
        if block:
            raise RuntimeError(
                f"{type(self).__name__} is held by this thread, which would wait for itself"
            )
        return False

    def release(self) -> None:
        """AssertionError, as in multiprocessing, where the caller does not have it."""
        if self._owner is not _this.thread:
            raise AssertionError(f"attempt to release {self!r}, which this thread does not have")
        if self._depth > 1:
            self._depth -= 1
            return
        self._owner = None
        try:
            self._mutex.release()
        except BaseException:
            self._mutex.abort()
            raise

    def locked(self) -> bool:
        """Whether anybody has it, at this moment. Raises as a with statement does."""
        if self._owner is _this.thread:
            return True
        if not self._enter(block=False):
            return True
        self.release()
        return False

    def _enter(self, block: bool = True) -> bool:
        try:
            return self.acquire(block)
        except OwnerDied:
            self.release()
            raise

    def __enter__(self) -> bool:
        return self._enter()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()

    @property
    def _semlock(self) -> RobustLock:
        """What multiprocessing's Condition asks for `_is_mine` and `_count`."""
        return self

    def _is_mine(self) -> bool:
        return self._owner is _this.thread

    def _count(self) -> int:
        """How often its owner, a thread of this process, has acquired it."""
        return self._depth if self._owner is not None else 0

    def __getstate__(self) -> tuple[str, Mutex]:
        context.assert_spawning(self)
        return self._on_owner_death, self._mutex

    def __setstate__(self, state: tuple[str, Mutex]) -> None:
        self.__init__(*state)  # type: ignore[misc]

    def __repr__(self) -> str:
        name = "another, or none"
        if self._is_mine():
            name = f"{process.current_process().name}|{threading.current_thread().name}"
        return f"<{type(self).__name__}(owner={name})>"

    def __del__(self) -> None:
        if getattr(self, "_owner", None) is not None:
            self._mutex.keep()


class RLock(RobustLock):
    """`multiprocessing.RLock`: its owner may acquire it again, and releases it as often."""

    _recursive = True
