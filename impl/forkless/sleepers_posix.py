"""POSIX: a pipe for each sleeper; what rings it lies in a queue of the kernel, between two sockets.

The kernel then knows what no counter can: which of them still sleeps. A rope (the end of a pipe
that is written to) whose bell is gone breaks, and the next one is taken.

Assumes: whoever calls, but for `Sleeper.wait`, has the lock that belongs to the queue. A process
that one of them forks meanwhile, without exec, holds its bell and would be taken for it.
"""

from __future__ import annotations

import errno
import fcntl
import os
import select
import socket
import struct
import sys
import termios
import time
from typing import Any

assert sys.platform != "win32"  # for the type checker

_INT = struct.Struct("i")
_AT_ONCE = socket.MSG_DONTWAIT | getattr(socket, "MSG_CMSG_CLOEXEC", 0)
# macOS loses what was closed on its way (https://bugs.python.org/issue14669). Elsewhere a rope is
# the queue's alone, and rings when whoever took it dies before it could.
_HOLDS_ROPE = sys.platform == "darwin"
_LONGEST = 86_400.0  # seconds of one wait: poll takes 32 bits of milliseconds


class Sleepers:
    """Those who sleep, in the order in which they came."""

    def __init__(self, ends: tuple[socket.socket, socket.socket] | None = None) -> None:
        self._ends: tuple[socket.socket, ...] = ()  # until there are some
        self._ends = self._last, self._first = socket.socketpair() if ends is None else ends

    def join(self) -> Sleeper:
        """The caller is the last of them now. OSError where there is no room for it."""
        bell, rope = os.pipe()
        sleeper = Sleeper(bell, rope)
        try:
            self._add(rope)
        except BaseException:
            sleeper.leave()
            raise
        if not _HOLDS_ROPE:
            sleeper.give_away_rope()
        return sleeper

    def wake(self, count: int) -> None:
        """Wake the first `count` of those who still sleep."""
        while count > 0 and (rope := self._take()) is not None:
            try:
                os.write(rope, b"!")
                count -= 1
            except BrokenPipeError:  # it has left, or is dead
                continue
            finally:
                os.close(rope)

    def forget_who_left(self) -> None:
        """Make room. One rope is out of the queue at a time: who dies then rings one bell alone."""
        for _ in range(self._count()):
            rope = self._take()
            assert rope is not None  # nobody else takes one meanwhile
            try:
                if not _is_broken(rope):
                    self._add(rope)
            finally:
                os.close(rope)

    def _count(self) -> int:
        """One byte came with each rope."""
        count: int = _INT.unpack(fcntl.ioctl(self._first, termios.FIONREAD, bytes(_INT.size)))[0]
        return count

    # socket.send_fds() and recv_fds() of Python 3.10 to 3.13 ignore their flags.
    def _add(self, rope: int) -> None:
        ancillary = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, _INT.pack(rope))]
        self._last.sendmsg([b"!"], ancillary, socket.MSG_DONTWAIT)

    def _take(self) -> int | None:
        try:
            _, ancillary, _, _ = self._first.recvmsg(1, socket.CMSG_LEN(_INT.size), _AT_ONCE)
        except BlockingIOError:
            return None
        if not ancillary:
            raise OSError(errno.EMFILE, "no descriptor is left to wake a sleeper with")
        rope: int = _INT.unpack(ancillary[0][2])[0]
        return rope

    def __reduce__(self) -> tuple[Any, ...]:
        return Sleepers, (self._ends,)

    def __del__(self) -> None:
        for end in self._ends:
            end.close()


class Sleeper:
    """One who sleeps, or is about to."""

    def __init__(self, bell: int, rope: int) -> None:
        self._bell = bell
        self._rope = rope

    def wait(self, seconds: float | None) -> bool:
        """Whether it was woken, within so many seconds (None: it waits as long as it takes)."""
        end = None if seconds is None else time.monotonic() + seconds
        poll = select.poll()
        poll.register(self._bell, select.POLLIN)
        while True:
            left = _LONGEST if end is None else max(0.0, end - time.monotonic())
            if poll.poll(min(left, _LONGEST) * 1000):
                return True
            if end is not None and time.monotonic() >= end:
                return False

    def give_away_rope(self) -> None:
        os.close(self._rope)
        self._rope = -1

    def leave(self) -> None:
        os.close(self._bell)
        if self._rope >= 0:
            self.give_away_rope()

    def __enter__(self) -> Sleeper:
        return self

    def __exit__(self, *_: object) -> None:
        self.leave()


def _is_broken(rope: int) -> bool:
    poll = select.poll()
    poll.register(rope, 0)
    return bool(poll.poll(0))
