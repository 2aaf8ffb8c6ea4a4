"""Linux: a robust mutex of the C library, in shared memory without a name.

The kernel keeps a list of what each thread has locked, and marks all of it when the thread ends,
however it does. The next one to lock it is told (EOWNERDEAD), also one that was waiting.

Guarantees: memory stays mapped while a thread of this process may have locked a mutex in it, as
the thread's list leads through it.

Assumes: the numbers below. They are the same in glibc and musl, and cannot change for programs
that are built already. A mutex takes 40 or 48 bytes.
"""

from __future__ import annotations

import ctypes
import errno
import mmap
import os
import sys
import threading
import time
from typing import Any

from .arena.shared import SharedBytes
from .places import Places
from .taken import Taken

assert sys.platform == "linux"  # for the type checker

_ERRORCHECK = 2  # who has it is refused, in place of waiting for itself
_SHARED = 1
_ROBUST = 1
_STRIDE = 128  # bytes from one mutex to the next: no two share a line of a cache
_OWNER = 64  # where the process id of the owner stands, behind its mutex
_SLICE = 0.1  # seconds
_FOREVER = 1e9  # seconds

_libc = ctypes.CDLL(None)
_at_once = ctypes.PyDLL(None)  # keeps the interpreter's lock: for what never waits
_trylock, _unlock = _at_once.pthread_mutex_trylock, _at_once.pthread_mutex_unlock
_consistent = _at_once.pthread_mutex_consistent
# Before glibc 2.30, and with musl, a wait is prolonged by whoever sets the clock back.
_by_clock = getattr(_libc, "pthread_mutex_clocklock", None)
_CLOCK = time.CLOCK_MONOTONIC if _by_clock else time.CLOCK_REALTIME


class _Moment(ctypes.Structure):
    """struct timespec."""

    _fields_ = (("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long))


_LONG_AGO = ctypes.byref(_Moment(0, 0))
_HAD = (0, errno.EOWNERDEAD, errno.EDEADLK)  # answers to the thread that has a mutex now


def _make_page() -> SharedBytes:
    return SharedBytes(mmap.PAGESIZE)


_places = Places(_make_page, mmap.PAGESIZE // _STRIDE)


class Mutex:
    """See `mutex`."""

    def __init__(self, memory: SharedBytes, place: int) -> None:
        self._memory = memory
        self._place = place
        self._at = ctypes.c_void_p(memory.address + place)
        self._owner = ctypes.c_uint64.from_address(memory.address + place + _OWNER)
        self.last_owner: int | None = None

    @classmethod
    def make(cls) -> Mutex:
        page, number = _places.take()
        mutex = cls(page, number * _STRIDE)
        _initialise(mutex._at)
        return mutex

    def acquire(self, seconds: float | None, pid: int) -> Taken:
        code = _trylock(self._at)
        if code == errno.EBUSY and (seconds is None or seconds > 0):
            code = self._wait(seconds)
        if code in (errno.EBUSY, errno.ETIMEDOUT):
            return Taken.NO
        if code == errno.EDEADLK:
            return Taken.ALREADY
        died = code == errno.EOWNERDEAD
        _check(_consistent(self._at) if died else code)
        owner, self._owner.value = self._owner.value, pid
        if not died and not owner:
            return Taken.YES
        # Only the word tells of it where the first who heard was interrupted, and gave it back.
        self.last_owner = owner or None
        return Taken.ORPHANED

    def _wait(self, seconds: float | None) -> int:
        """In slices in the main thread, as such a wait goes on when a signal was handled: between
        them Ctrl-C takes effect. The mutex itself ends a slice at once.
        """
        now = time.clock_gettime(_CLOCK)
        end = now + (_FOREVER if seconds is None else seconds)
        longest = _SLICE if threading.current_thread() is threading.main_thread() else _FOREVER
        while True:
            code = _lock_until(self._at, min(now + longest, end))
            now = time.clock_gettime(_CLOCK)
            if code != errno.ETIMEDOUT or now >= end:
                return code

    def release(self) -> None:
        self._owner.value = 0
        _check(_unlock(self._at))

    def abort(self) -> None:
        """What the call that was interrupted answered is lost, so the mutex is asked anew.

        Had from a dead owner and released as it is, it could never be locked again.
        """
        if _at_once.pthread_mutex_timedlock(self._at, _LONG_AGO) in _HAD:
            if self._owner.value == os.getpid():
                self._owner.value = 0
            _consistent(self._at)
            _unlock(self._at)

    def keep(self) -> None:
        self._memory.stay_mapped()

    def __reduce__(self) -> tuple[Any, ...]:
        return Mutex, (self._memory, self._place)


def _initialise(at: ctypes.c_void_p) -> None:
    attributes = ctypes.create_string_buffer(64)
    _check(_at_once.pthread_mutexattr_init(attributes))
    _check(_at_once.pthread_mutexattr_settype(attributes, _ERRORCHECK))
    _check(_at_once.pthread_mutexattr_setpshared(attributes, _SHARED))
    _check(_at_once.pthread_mutexattr_setrobust(attributes, _ROBUST))
    _check(_at_once.pthread_mutex_init(at, attributes))


def _lock_until(at: ctypes.c_void_p, when: float) -> int:
    moment = ctypes.byref(_Moment(int(when), int(when % 1 * 1e9)))
    code: int
    if _by_clock is None:
        code = _libc.pthread_mutex_timedlock(at, moment)
    else:
        code = _by_clock(at, _CLOCK, moment)
    return code


def _check(code: int) -> None:
    if code:
        raise OSError(code, os.strerror(code))
