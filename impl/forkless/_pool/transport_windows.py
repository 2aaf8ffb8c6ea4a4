"""Pipes and sentinels on Windows: one I/O completion port a pool.

WaitForMultipleObjects, and so multiprocessing.connection.wait, takes 63 handles, that is 31
workers (https://github.com/python/cpython/issues/94242). A completion port has no such limit:
reads and writes are overlapped, and the system's wait threads post the ends of processes to it.

Guarantees
- `Channel.send` and `Hub.wait` never block in a write or in the middle of a message.
- An Overlapped and its buffer live until their completion was taken from the port.
- A wake-up never reaches a port that was closed: whoever can call `wake` holds the hub, and the
  hub's port closes with its last reference.

Assumes
- `add`, `remove` and `wait` are called on one thread, which also issues all reads and writes
  (Windows cancels some of a thread's pending I/O when the thread ends); `send`, `wake` on any.
- On the worker's side one frame is one message of the pipe.
"""

from __future__ import annotations

import _overlapped  # type: ignore[import-not-found]
import _winapi
import contextlib
import math
import sys
from collections import deque
from collections.abc import Callable
from multiprocessing import connection as mp_connection
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from typing import Any

from .arrival import Arrival, Loan
from .frames import HEADER, Assembler, Buffer, Frame

assert sys.platform == "win32"  # for the type checker

Line = mp_connection.PipeConnection

_READ_SIZE = 1 << 16
_BYTE_MODE = 0  # PIPE_READMODE_BYTE | PIPE_WAIT; _winapi does not name them
_INFINITE = 0xFFFFFFFF
_LONGEST = 86_400.0  # seconds of one wait: a completion port takes 32 bits of milliseconds
_DRAIN_MS = 1000


def make_line(context: BaseContext) -> tuple[Line, Line]:
    """The pool's end and the worker's, which may be an argument of the context's Process."""
    return context.Pipe(duplex=True)


class Channel:
    """The pool's end of one worker's line."""

    def __init__(self, hub: Hub, line: Line, sentinel: int) -> None:
        self.line = line
        self.sentinel = sentinel
        self.handle = line.fileno()
        self.assembler = Assembler()
        self.unsent: deque[bytes] = deque()
        self.reading: Any = None
        self.writing: Any = None
        self.wait_handle: int | None = None
        self.closed = False
        self._hub = hub

    def borrow(self) -> Loan | None:
        """None: what a worker sends is completed at the port, so for the hub alone."""
        return None

    def watch(self) -> None:
        """The hub reads what comes, always."""

    def send(self, parts: list[Buffer]) -> None:
        """Queue one frame; the hub's thread writes it. A dead worker's pipe swallows it."""
        self.unsent.append(b"".join(parts))
        self._hub.watch_for_room(self)


class Hub:
    """Waits for all channels and sentinels of a pool at once."""

    def __init__(self) -> None:
        self._port = _overlapped.CreateIoCompletionPort(_overlapped.INVALID_HANDLE_VALUE, 0, 0, 1)
        self._pending: dict[int, tuple[Any, Channel, Callable[..., Arrival[Channel] | None]]] = {}
        self._want_room: deque[Channel] = deque()
        self._bell = _overlapped.Overlapped(0)  # a packet without an address reads as an error

    def add(self, line: Line, process: BaseProcess) -> Channel:
        sentinel = process.sentinel
        assert sentinel is not None
        channel = Channel(self, line, sentinel)
        _winapi.SetNamedPipeHandleState(channel.handle, _BYTE_MODE, None, None)
        _overlapped.CreateIoCompletionPort(channel.handle, self._port, 0, 0)
        ended = _overlapped.Overlapped(0)
        channel.wait_handle = _overlapped.RegisterWaitWithQueue(
            sentinel, self._port, ended.address, _INFINITE
        )
        self._pending[ended.address] = (ended, channel, self._on_end)
        self._read(channel)
        return channel

    def remove(self, channel: Channel) -> None:
        channel.closed = True
        if channel.wait_handle is not None:
            with contextlib.suppress(OSError):
                _overlapped.UnregisterWait(channel.wait_handle)
            channel.wait_handle = None
        for operation in (channel.reading, channel.writing):
            if operation is not None and operation.pending:
                operation.cancel()
        channel.line.close()

    def wake(self) -> None:
        """Make `wait` return. Safe in a finalizer and any thread."""
        _overlapped.PostQueuedCompletionStatus(self._port, 0, 0, self._bell.address)

    def watch_for_room(self, channel: Channel) -> None:
        self._want_room.append(channel)
        self.wake()

    def wait(self, timeout: float | None = None) -> list[Arrival[Channel]]:
        """Block until something happened; no arrivals mean a wake-up, or `timeout` seconds."""
        arrivals: list[Arrival[Channel]] = []
        wait = _INFINITE if timeout is None else math.ceil(min(timeout, _LONGEST) * 1000)
        while (status := _overlapped.GetQueuedCompletionStatus(self._port, wait)) is not None:
            arrival = self._complete(status[3])
            if arrival is not None:
                arrivals.append(arrival)
            wait = 0
        return arrivals

    def _complete(self, address: int) -> Arrival[Channel] | None:
        if address not in self._pending:
            self._answer_wake()
            return None
        operation, channel, react = self._pending.pop(address)
        return None if channel.closed else react(operation, channel)

    def _answer_wake(self) -> None:
        while self._want_room:
            channel = self._want_room.popleft()
            if not channel.closed and channel.writing is None:
                self._write(channel)

    def _read(self, channel: Channel) -> Arrival[Channel] | None:
        operation = _overlapped.Overlapped(0)
        try:
            operation.ReadFile(channel.handle, _READ_SIZE)
        except OSError:
            channel.reading = None
            return Arrival(channel, [], hung_up=True)
        channel.reading = operation
        self._pending[operation.address] = (operation, channel, self._on_read)
        return None

    def _on_read(self, operation: Any, channel: Channel) -> Arrival[Channel] | None:
        channel.reading = None
        try:
            frames = channel.assembler.feed(operation.getresult())
        except (OSError, MemoryError):
            return Arrival(channel, [], hung_up=True)
        hang_up = self._read(channel)
        return Arrival(channel, frames, hung_up=hang_up is not None)

    def _write(self, channel: Channel) -> None:
        operation = _overlapped.Overlapped(0)
        try:
            operation.WriteFile(channel.handle, channel.unsent.popleft())
        except OSError:  # the reader is gone; its sentinel tells the pool so
            channel.unsent.clear()
            return
        channel.writing = operation
        self._pending[operation.address] = (operation, channel, self._on_write)

    def _on_write(self, operation: Any, channel: Channel) -> None:
        channel.writing = None
        with contextlib.suppress(OSError):
            operation.getresult()
        if channel.unsent:
            self._write(channel)

    def _on_end(self, _operation: Any, channel: Channel) -> Arrival[Channel]:
        """Take what the dead worker wrote: a read of it is complete, the last is cancelled.

        The pipe need not be broken: a worker that died before it took its end leaves a copy here.
        """
        channel.closed = True  # the completions of these reads are still to come
        frames: list[Frame] = []
        with contextlib.suppress(OSError, MemoryError):
            while channel.reading is not None:
                channel.reading.cancel()
                frames += channel.assembler.feed(channel.reading.getresult(True))
                self._read(channel)
        return Arrival(channel, frames, ended=True)

    def close(self) -> None:
        """Let cancelled operations complete."""
        # A manager that failed leaves its channels here; memory that the system still reads into
        # must not be freed.
        for channel in {channel for _, channel, _ in self._pending.values() if not channel.closed}:
            self.remove(channel)
        while any(react != self._on_end for _, _, react in self._pending.values()):
            status = _overlapped.GetQueuedCompletionStatus(self._port, _DRAIN_MS)
            if status is None:
                break
            self._pending.pop(status[3], None)

    def __del__(self) -> None:
        _winapi.CloseHandle(self._port)


class WorkerEnd:
    """The worker's end of its line. It blocks, as a worker has nothing else to do."""

    def __init__(self, line: Line) -> None:
        self._line = line

    def receive(self) -> Frame | None:
        """The next frame; None when the pool is gone."""
        try:
            message = self._line.recv_bytes()
        except (EOFError, OSError):
            return None
        kind, position, _ = HEADER.unpack_from(message)
        return Frame(kind, position, message[HEADER.size :])

    def send(self, kind: int, position: int, body: Buffer) -> None:
        """Write one frame; OSError when the pool is gone."""
        self._line.send_bytes(HEADER.pack(kind, position, len(body)) + body)
