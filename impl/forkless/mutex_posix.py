"""macOS, and POSIX systems that nothing more is known of: record locks on a file without a name.

macOS has no robust mutexes. What its manual says of fcntl(2) does for it: a record lock belongs to
a process, a fork does not inherit it, and it goes when the process ends, however it does. A word
for each lock says who has it; if it still does when the lock is free, its owner has died.

Guarantees: threads of one process, to which such a lock is one, exclude each other as well.

Assumes: nobody else opens the file. A process loses all its locks on a file when it closes any
descriptor of it, so one that arrives a second time stays open as long as a lock may be held. A
thread that ends with a lock is not noticed before its process ends.
"""

from __future__ import annotations

import errno
import fcntl
import mmap
import os
import sys
import tempfile
import threading
import time
import weakref
from multiprocessing import reduction
from typing import Any

from .places import Places
from .taken import Taken

assert sys.platform != "win32"  # for the type checker

_WORD = 8  # bytes
_SHORTEST, _LONGEST = 0.0005, 0.02  # seconds between two attempts


class _Page:
    """A file of locks: one descriptor for each lock would be too many."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self.forget()
        self._map = mmap.mmap(descriptor, mmap.PAGESIZE)
        self.words = memoryview(self._map).cast("Q")
        _pages[_identity(descriptor)] = self

    @classmethod
    def make(cls) -> _Page:
        with tempfile.TemporaryFile(buffering=0) as file:
            file.write(bytes(mmap.PAGESIZE))
            return cls(os.dup(file.fileno()))

    def forget(self) -> None:
        """A fork has none of the locks."""
        self._gates: dict[int, Any] = {}
        self._lock = threading.Lock()
        self._busy: set[int] = set()  # locks that a thread of this process has or tries to get
        self._waiting: list[int] = []  # descriptors to close when there is none of these

    def gate(self, place: int) -> Any:
        """Which of this process's threads may try to get the lock."""
        # In one step, as a defaultdict's is not: two threads with a gate each would both get it.
        return self._gates.setdefault(place, threading.RLock())

    def begin(self, place: int) -> None:
        with self._lock:
            self._busy.add(place)

    def end(self, place: int) -> None:
        fcntl.lockf(self.descriptor, fcntl.LOCK_UN, 1, place)
        with self._lock:
            self._busy.discard(place)
            self._close_waiting()

    def arrived_again(self, descriptor: int) -> None:
        with self._lock:
            self._waiting.append(descriptor)
            self._close_waiting()

    def _close_waiting(self) -> None:
        while self._waiting and not self._busy:
            os.close(self._waiting.pop())

    def take(self, place: int) -> bool:
        try:
            fcntl.lockf(self.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, place)
        except OSError as error:
            if error.errno not in (errno.EACCES, errno.EAGAIN):
                raise
            return False
        return True

    def __reduce__(self) -> tuple[Any, ...]:
        return _arrive, (reduction.DupFd(self.descriptor),)

    def __del__(self, _close: Any = os.close) -> None:
        for descriptor in (self.descriptor, *self._waiting):
            _close(descriptor)


_arriving = threading.Lock()
_pages: weakref.WeakValueDictionary[tuple[int, int], _Page] = weakref.WeakValueDictionary()
_kept: set[_Page] = set()  # a thread of this process may have one of their locks


def _identity(descriptor: int) -> tuple[int, int]:
    status = os.fstat(descriptor)
    return status.st_dev, status.st_ino


def _arrive(travelling: Any) -> _Page:
    descriptor: int = travelling.detach()
    os.set_inheritable(descriptor, False)
    with _arriving:
        page = _pages.get(_identity(descriptor))
        if page is None:
            return _Page(descriptor)
    page.arrived_again(descriptor)
    return page


def _after_fork() -> None:
    global _arriving
    _arriving = threading.Lock()
    for page in list(_pages.values()):
        page.forget()


os.register_at_fork(after_in_child=_after_fork)
_places = Places(_Page.make, mmap.PAGESIZE // _WORD)


class Mutex:
    """See `mutex`."""

    def __init__(self, page: _Page, place: int) -> None:
        self._page = page
        self._place = place
        self.last_owner: int | None = None

    @classmethod
    def make(cls) -> Mutex:
        return cls(*_places.take())

    def acquire(self, seconds: float | None, pid: int) -> Taken:
        page, place = self._page, self._place
        longest = threading.TIMEOUT_MAX if seconds is None else max(0.0, seconds)
        end = time.monotonic() + longest
        gate = page.gate(place)
        if gate._is_owned():
            return Taken.ALREADY
        if not gate.acquire(timeout=longest):
            return Taken.NO
        page.begin(place)
        pause = _SHORTEST
        while not page.take(place):
            left = end - time.monotonic()
            if left <= 0:
                page.end(place)
                gate.release()
                return Taken.NO
            # Nobody can tell: the system's own wait has no end that could be set, and is refused
            # (EDEADLK) where threads of two processes wait for each other's process crosswise.
            time.sleep(min(pause, left))
            pause = min(2 * pause, _LONGEST)
        dead = page.words[place]
        page.words[place] = pid
        if dead:
            self.last_owner = dead
            return Taken.ORPHANED
        return Taken.YES

    def release(self) -> None:
        self._page.words[self._place] = 0
        self._page.end(self._place)
        self._page.gate(self._place).release()

    def abort(self) -> None:
        gate = self._page.gate(self._place)
        if gate._is_owned():
            if self._page.take(self._place) and self._page.words[self._place] == os.getpid():
                self._page.words[self._place] = 0
            self._page.end(self._place)
            gate.release()

    def keep(self) -> None:
        _kept.add(self._page)

    def __reduce__(self) -> tuple[Any, ...]:
        return Mutex, (self._page, self._place)
