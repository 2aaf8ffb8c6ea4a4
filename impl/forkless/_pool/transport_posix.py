"""Pipes and sentinels on POSIX systems.

Guarantees
- `Channel.send` and `Hub.wait` never block in a write or in the middle of a message: descriptors
  on the pool's side are non-blocking, what does not fit is kept and written when there is room.
- `Hub.wait` reports a dead worker even if its pipe never ends (a forked sibling may hold a copy
  of the worker's end), because it watches the sentinel beside the pipe. On Linux it watches the
  process itself too: a native sentinel is a pipe, which a child that the worker forked holds open.
- What a worker wrote is read by one thread: the hub's, or who borrowed the channel to read the
  answer itself (`Channel.borrow`). Descriptors stay open until the borrower has given it back.
- A wake-up is never lost, and never reaches a descriptor that was closed and given out again:
  whoever can call `wake` holds the hub, and the hub's descriptors close with its last reference.

Assumes
- `add`, `remove` and `wait` are called on one thread; `send` and `wake` on any.
- At any moment one thread sends on a channel, or borrows it: whoever was given the worker.
"""

from __future__ import annotations

import contextlib
import os
import select
import sys
import threading
from collections import deque
from dataclasses import dataclass
from itertools import islice
from multiprocessing.connection import Connection, Pipe
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess

from .arrival import Arrival, Loan
from .frames import HEADER, Assembler, Buffer, Frame

if sys.platform == "linux":
    from .waiter_linux import Waiter
elif sys.platform != "win32":
    from .waiter_poll import Waiter

assert sys.platform != "win32"  # for the type checker

_READ_SIZE = 1 << 16
_MAX_PARTS = 64  # below IOV_MAX of every system
_LONGEST = 86_400.0  # seconds of one wait: the systems take 32 bits of milliseconds
_READABLE = select.POLLIN | select.POLLPRI


@dataclass(frozen=True)
class Line:
    """One end of the duplex pipe between a pool and a worker.

    Two one-way pipes: a round trip over them takes half as long as over a Unix socket pair.
    """

    reading: Connection
    writing: Connection

    def close(self) -> None:
        self.reading.close()
        self.writing.close()


def make_line(context: BaseContext) -> tuple[Line, Line]:
    """The pool's end and the worker's, which may be an argument of the context's Process."""
    for_pool, from_worker = context.Pipe(duplex=False)
    for_worker, from_pool = context.Pipe(duplex=False)
    return Line(for_pool, from_pool), Line(for_worker, from_worker)


class Channel:
    """The pool's end of one worker's line."""

    def __init__(self, hub: Hub, line: Line, process: BaseProcess) -> None:
        assert process.sentinel is not None
        self.line = line
        self.sentinel = process.sentinel
        self._ended = _pidfd(process.pid)
        self.pidfd = self._ended.fileno() if self._ended is not None else -1
        self.reading = line.reading.fileno()
        self.writing = line.writing.fileno()
        os.set_blocking(self.reading, False)
        os.set_blocking(self.writing, False)
        self._hub = hub
        self._lock = threading.Lock()
        self._unsent: deque[Buffer] = deque()
        self.taking = threading.Lock()  # held by the thread that reads, until it has settled
        self._assembler = Assembler()
        self._answer = select.poll()
        self._is_watched = True  # by the hub
        self._borrowers = 0
        self._closed = False
        for descriptor in (self.reading, self.sentinel, self.pidfd):
            if descriptor >= 0:
                self._answer.register(descriptor, _READABLE)

    # -- the thread that was given the worker --------------------------------------------------

    def borrow(self) -> Loan | None:
        """From now on the caller reads what comes. None where the hub cannot leave it to others.

        The hub goes on watching whether the worker hangs up or dies, and then reads by itself.
        """
        with self._lock:
            if self._closed or not self._set_watched(False):
                return None
            self._borrowers += 1
            return self

    def give_back(self) -> None:
        """The borrower touches the descriptors no more."""
        with self._lock:
            self._borrowers -= 1
            if self._closed and not self._borrowers:
                self._close()

    def watch(self) -> None:
        """The hub reads what comes."""
        if self._is_watched:
            return
        with self._lock:
            if not self._closed:
                self._set_watched(True)

    def _set_watched(self, wanted: bool) -> bool:
        if self._is_watched is not wanted:
            if not self._hub.set_watched(self, wanted):
                return False
            self._is_watched = wanted
        return True

    def await_answer(self) -> bool:
        """For the borrower: wait for something to read; False when the worker has ended."""
        return any(ready == self.reading for ready, _ in self._answer.poll())

    def send(self, parts: list[Buffer]) -> None:
        """Write what fits now; the hub writes the rest. A dead worker's pipe swallows it."""
        with self._lock:
            if self._closed:
                return
            self._unsent.extend(part for part in parts if len(part))
            everything = self._write()
        if not everything:
            self._hub.watch_for_room(self)

    def flush(self) -> bool:
        """Write on; True when nothing is left."""
        with self._lock:
            return self._closed or self._write()

    def _write(self) -> bool:
        while self._unsent:
            try:
                if len(self._unsent) == 1:
                    count = os.write(self.writing, self._unsent[0])
                else:
                    count = os.writev(self.writing, list(islice(self._unsent, _MAX_PARTS)))
            except BlockingIOError:
                return False
            except OSError:  # the reader is gone; its sentinel tells the pool so
                self._unsent.clear()
                break
            self._forget(count)
        return True

    def _forget(self, count: int) -> None:
        while count:
            first = self._unsent[0]
            if count < len(first):
                self._unsent[0] = memoryview(first)[count:]
                return
            count -= len(first)
            self._unsent.popleft()

    def read(self) -> list[Frame]:
        """What one read gives; EOFError at the end, BlockingIOError when nothing is there.

        The caller holds `taking`.
        """
        space = self._assembler.space()
        if space is None:
            data = os.read(self.reading, _READ_SIZE)
            if not data:
                raise EOFError
            return self._assembler.feed(data)
        count = os.readv(self.reading, [space])
        if not count:
            raise EOFError
        return self._assembler.filled(count)

    def read_all(self) -> list[Frame]:
        """All that the worker wrote before it died."""
        frames: list[Frame] = []
        with contextlib.suppress(OSError, EOFError):
            while True:
                frames += self.read()
        return frames

    def close(self) -> None:
        with self._lock:
            self._closed = True
            self._unsent.clear()
            if not self._borrowers:
                self._close()

    def _close(self) -> None:
        self.line.close()
        if self._ended is not None:
            self._ended.close()


class Hub:
    """Waits for all channels and sentinels of a pool at once."""

    def __init__(self) -> None:
        self._waiter = Waiter()
        self._channels: dict[int, Channel] = {}
        self._want_room: deque[Channel] = deque()
        self._bell, self._rope = Pipe(duplex=False)
        for end in (self._bell, self._rope):
            os.set_blocking(end.fileno(), False)
        self._waiter.watch(self._bell.fileno(), _READABLE)

    def add(self, line: Line, process: BaseProcess) -> Channel:
        channel = Channel(self, line, process)
        self._watch(channel.reading, channel, _READABLE)
        self._watch(channel.sentinel, channel, _READABLE)
        if channel.pidfd >= 0:
            self._watch(channel.pidfd, channel, _READABLE)
        return channel

    def remove(self, channel: Channel) -> None:
        for descriptor in (channel.reading, channel.writing, channel.sentinel, channel.pidfd):
            self._ignore(descriptor)
        channel.close()

    def _watch(self, descriptor: int, channel: Channel, events: int) -> None:
        self._channels[descriptor] = channel
        self._waiter.watch(descriptor, events)

    def _ignore(self, descriptor: int) -> None:
        if self._channels.pop(descriptor, None) is not None:
            self._waiter.ignore(descriptor)

    def set_watched(self, channel: Channel, wanted: bool) -> bool:
        """For any thread: whether `wait` reads from this channel. False where that cannot be."""
        return self._waiter.set_events(channel.reading, _READABLE if wanted else 0)

    def wake(self) -> None:
        """Make `wait` return. Safe in a signal handler, a finalizer and any thread."""
        with contextlib.suppress(BlockingIOError):  # full: it will wake anyway
            os.write(self._rope.fileno(), b"\0")

    def watch_for_room(self, channel: Channel) -> None:
        self._want_room.append(channel)
        self.wake()

    def wait(self, timeout: float | None = None) -> list[Arrival[Channel]]:
        """Block until something happened; no arrivals mean a wake-up, or `timeout` seconds."""
        arrivals: list[Arrival[Channel]] = []
        seconds = None if timeout is None else min(timeout, _LONGEST)
        for descriptor, _ in self._waiter.wait(seconds):
            channel = self._channels.get(descriptor)
            if channel is None:
                self._answer_bell()
            elif descriptor in (channel.sentinel, channel.pidfd):
                with channel.taking:
                    arrivals.append(Arrival(channel, channel.read_all(), ended=True))
            elif descriptor == channel.reading:
                arrivals.append(self._read(channel))
            elif channel.flush():
                self._ignore(descriptor)
        return arrivals

    def _read(self, channel: Channel) -> Arrival[Channel]:
        try:
            with channel.taking:
                return Arrival(channel, channel.read())
        except BlockingIOError:
            return Arrival(channel, [])
        except (OSError, EOFError, MemoryError):
            self._ignore(channel.reading)
            return Arrival(channel, [], hung_up=True)

    def _answer_bell(self) -> None:
        with contextlib.suppress(BlockingIOError):
            os.read(self._bell.fileno(), _READ_SIZE)
        while self._want_room:
            channel = self._want_room.popleft()
            if channel.sentinel in self._channels and not channel.flush():
                self._watch(channel.writing, channel, select.POLLOUT)

    def close(self) -> None:
        """Nothing to do: see the third guarantee."""


def _pidfd(pid: int | None) -> Connection | None:
    """Readable when the process has ended; None where there is none. It closes with its owner."""
    if sys.platform != "linux" or pid is None:
        return None
    try:
        return Connection(os.pidfd_open(pid), writable=False)
    except OSError:  # an old kernel, or it has ended: then its sentinel says so
        return None


class WorkerEnd:
    """The worker's end of its line. It blocks, as a worker has nothing else to do."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._reading = line.reading.fileno()
        self._writing = line.writing.fileno()
        self._assembler = Assembler()
        self._frames: deque[Frame] = deque()

    def receive(self) -> Frame | None:
        """The next frame; None when the pool is gone."""
        while not self._frames:
            space = self._assembler.space()
            try:
                if space is not None:
                    count = os.readv(self._reading, [space])
                    self._frames.extend(self._assembler.filled(count) if count else ())
                else:
                    data = os.read(self._reading, _READ_SIZE)
                    count = len(data)
                    self._frames.extend(self._assembler.feed(data))
            except ConnectionError:
                return None
            if not count:
                return None
        return self._frames.popleft()

    def send(self, kind: int, position: int, body: Buffer) -> None:
        """Write one frame; OSError when the pool is gone."""
        header = HEADER.pack(kind, position, len(body))
        sent = os.writev(self._writing, [header, body])
        if sent < len(header) + len(body):
            rest = (
                memoryview(header + body)[sent:]
                if sent < len(header)
                else memoryview(body)[sent - len(header) :]
            )
            while len(rest):
                rest = rest[os.write(self._writing, rest) :]
