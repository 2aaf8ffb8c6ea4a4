"""Bytes and descriptors that go into a socket together come out together, or as an error."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

if sys.platform == "win32":
    pytest.skip("handles travel otherwise", allow_module_level=True)

import resource

from forkless import channel_posix
from forkless import parcel_posix as parcel
from forkless.link_posix import Link
from forkless.messages import Done
from forkless.wire import Malformed


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    one, other = socket.socketpair()
    with one, other:
        yield one, other


def _open_descriptors() -> int:
    return len(os.listdir("/dev/fd"))


@pytest.mark.parametrize("size", [600, 100_000])
@pytest.mark.parametrize("count", [0, 1, 253, 500])
def test_handoff_arrives_with_every_descriptor(
    pair: tuple[socket.socket, socket.socket], size: int, count: int
) -> None:
    before = _open_descriptors()
    payload = os.urandom(size)
    numbers = [pair[place % 2].fileno() for place in range(count)]
    channel_posix.send_handoff(pair[0].fileno(), memoryview(payload), numbers)
    came, descriptors = channel_posix.receive_handoff(pair[1].fileno())
    assert came == payload
    assert list(map(_identity, descriptors)) == list(map(_identity, numbers))
    assert not any(map(os.get_inheritable, descriptors))
    parcel.close(descriptors)
    assert _open_descriptors() == before


def _identity(descriptor: int) -> int:
    return os.fstat(descriptor).st_ino


def test_receiver_without_room_is_told_and_keeps_nothing(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    """Regression: it waited for descriptors that the kernel had dropped."""
    before = _open_descriptors()
    channel_posix.send_handoff(pair[0].fileno(), memoryview(b"payload"), [0, 1, 2])
    with _room_for(1), pytest.raises(OSError, match="no room"):
        channel_posix.receive_handoff(pair[1].fileno())
    assert _open_descriptors() == before


@pytest.mark.parametrize("room", range(6))
def test_a_spare_for_which_there_are_too_few_descriptors_takes_none(room: int) -> None:
    """Regression: a server that was out of them lost more with each attempt."""
    before = _open_descriptors()
    with _room_for(room), pytest.raises(OSError):  # noqa: PT011 - the system's own
        channel_posix.SpareEnds()
    assert _open_descriptors() == before


@contextmanager
def _room_for(count: int) -> Iterator[None]:
    """No more than so many descriptors are free meanwhile."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    free = os.dup(0)
    os.close(free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (free + count, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)


def test_ends_that_nobody_takes_are_closed(pair: tuple[socket.socket, socket.socket]) -> None:
    before = _open_descriptors()
    with Link(os.dup(pair[0].fileno())) as sender, Link(os.dup(pair[1].fileno())) as receiver:
        sender.send(Done(), [0, 1])
        sender.send(Done())
        assert receiver.recv() == Done()
        with pytest.raises(Malformed, match="2 ends came with a message, not 1"):
            receiver.take(1)
        assert receiver.recv() == Done()
        assert _open_descriptors() == before + 2
    assert _open_descriptors() == before
