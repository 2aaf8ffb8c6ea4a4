"""The stream of frames comes apart right wherever it is cut."""

from __future__ import annotations

import pytest
from forkless._pool.frames import HEADER, Assembler, Frame, Kind


def _stream(frames: list[Frame]) -> bytes:
    return b"".join(
        HEADER.pack(frame.kind, frame.position, len(frame.body)) + frame.body for frame in frames
    )


FRAMES = [
    Frame(Kind.VALUE, 0, b""),
    Frame(Kind.RAISED, 1, b"x" * 5),
    Frame(Kind.VALUE, 2, bytes(range(200))),
    Frame(Kind.READY, 3, b""),
]


@pytest.mark.parametrize("step", [1, 2, 3, 12, 13, 14, 100, 1000])
def test_frames_survive_any_cut(step: int) -> None:
    stream, assembler = _stream(FRAMES), Assembler()
    found: list[Frame] = []
    for at in range(0, len(stream), step):
        found += assembler.feed(stream[at : at + step])
    assert found == FRAMES
    assert assembler.space() is None


def test_a_large_body_is_read_in_place() -> None:
    assembler = Assembler()
    stream = _stream([Frame(Kind.VALUE, 7, b"abcdef")])
    assert assembler.feed(stream[:15]) == []
    space = assembler.space()
    assert space is not None
    space[:4] = b"cdef"
    assert assembler.filled(4) == [Frame(Kind.VALUE, 7, b"abcdef")]
