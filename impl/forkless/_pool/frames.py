"""Frames: how a message lies in the byte stream between a pool and one of its workers.

A frame is a header (kind, position in the batch, length of the body) and a body. The body is
opaque here: nothing in this module unpickles, so a stream can be taken apart on a thread that
must run no user code.
"""

from __future__ import annotations

import struct
from enum import IntEnum
from typing import NamedTuple

Buffer = bytes | bytearray | memoryview

HEADER = struct.Struct("<BIQ")


class Kind(IntEnum):
    """What a frame says. RUN and STOP go to the worker, the rest comes from it.

    VALUE and RAISED are about the task at the frame's position, RESULTS about those from there on,
    and VALUES as well, where all are plain values.
    """

    RUN = 1
    STOP = 2
    READY = 3
    INITIALIZER_FAILED = 4
    VALUE = 5
    RAISED = 6
    RESULTS = 7
    VALUES = 8


class Frame(NamedTuple):
    """One message. `body` of a large frame is writable memory that nobody else holds."""

    kind: int
    position: int
    body: bytes | bytearray


class Assembler:
    """Takes frames out of a byte stream that may pause after any byte.

    Guarantees: never waits; a frame is handed out once, when its last byte is there.
    Assumes: one thread.
    """

    def __init__(self) -> None:
        self._head = b""
        self._body: bytearray | None = None
        self._kind = 0
        self._position = 0
        self._filled = 0

    def space(self) -> memoryview | None:
        """Where the next bytes of a large body belong, so that they are read without a copy."""
        if self._body is None:
            return None
        return memoryview(self._body)[self._filled :]

    def filled(self, count: int) -> list[Frame]:
        """Tell that `count` bytes were read into `space()`."""
        assert self._body is not None
        self._filled += count
        if self._filled < len(self._body):
            return []
        frame = Frame(self._kind, self._position, self._body)
        self._body = None
        return [frame]

    def feed(self, data: bytes) -> list[Frame]:
        """Take any bytes from the stream; the frames that they complete."""
        frames: list[Frame] = []
        if self._body is not None:
            part = data[: len(self._body) - self._filled]
            self._body[self._filled : self._filled + len(part)] = part
            data = data[len(part) :]
            frames += self.filled(len(part))
        if self._head:
            data = self._head + data
        at, size = 0, len(data)
        while size - at >= HEADER.size:
            kind, position, length = HEADER.unpack_from(data, at)
            start = at + HEADER.size
            at = start + length
            if at > size:
                self._begin_large(kind, position, length, data[start:])
                at = size
                break
            frames.append(Frame(kind, position, data[start:at]))
        self._head = data[at:]
        return frames

    def _begin_large(self, kind: int, position: int, length: int, part: bytes) -> None:
        self._kind, self._position = kind, position
        self._body = bytearray(length)
        self._body[: len(part)] = part
        self._filled = len(part)
