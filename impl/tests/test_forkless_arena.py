"""An arena and a window on it: blocks, leases, and where the memory goes."""

from __future__ import annotations

import os
import sys
import threading
import types
from collections.abc import Iterator
from typing import Any

import pytest
from forkless.arena.allocator import GRAIN
from forkless.arena.arena import Arena, Window, make_segment
from forkless.arena.segment import Segment

SIZE = 1 << 24
LESSEE = object()


@pytest.fixture
def arena() -> Iterator[Arena]:
    one = Arena(_segment())
    yield one
    vars(one).clear()  # pytest holds it for longer than the test


def _segment() -> Segment:
    segment = Segment(SIZE)
    segment.commit(0, 1 << 16)
    return segment


def _lent(arena: Arena, content: bytes) -> Any:
    """A lease on a block that nobody else sees, with this content."""
    block = arena.allocate(len(content))
    assert block is not None
    arena.content(block)[: len(content)] = content
    arena.lend([block], LESSEE)
    lease = Window(arena.segment).lease(block)
    arena.drop([block])
    return lease


def test_a_window_shows_what_the_owner_wrote(arena: Arena) -> None:
    lease = _lent(arena, b"hello")
    assert bytes(lease.content()[:5]) == b"hello"


@pytest.mark.parametrize("made_of_it", ["lease", "slice of a view", "array", "storage"])
def test_a_block_is_not_reused_while_anything_made_of_it_lives(
    arena: Arena, made_of_it: str
) -> None:
    lease = _lent(arena, b"x" * GRAIN)
    view = lease.content()
    if made_of_it == "slice of a view":
        held: Any = view[1:3][1:]
    elif made_of_it == "array":
        held = pytest.importorskip("numpy").frombuffer(view, dtype="u1")[5:]
    elif made_of_it == "storage":
        torch = pytest.importorskip("torch")
        held = torch.frombuffer(view, dtype=torch.uint8)[5:].untyped_storage()
    else:
        held = lease
    del lease, view
    assert arena.in_use() == 1
    del held
    assert arena.in_use() == 0


def test_freed_memory_is_given_out_again(arena: Arena) -> None:
    ends = set()
    for _ in range(100):
        block = arena.allocate(1 << 20)
        assert block is not None
        ends.add(block.end)
        arena.lend([block], LESSEE)
        arena.drop([block])
        del block
        # The word says that the lessee is done; nothing is sent.
        (lent,) = arena._allocator.lent()
        lease = Window(arena.segment).lease(lent)
        del lease
    assert max(ends) <= 1 << 22


def test_a_full_arena_gives_no_block_and_goes_on(arena: Arena) -> None:
    assert arena.allocate(SIZE) is None
    blocks = []
    while (block := arena.allocate(1 << 22)) is not None:
        blocks.append(block)
    assert len(blocks) == 3
    arena.drop(blocks)
    assert arena.in_use() == 0
    assert arena.allocate(3 << 22) is not None


def test_a_system_without_memory_gives_no_block(
    arena: Arena, monkeypatch: pytest.MonkeyPatch
) -> None:
    def commit(_self: Segment, _first: int, _size: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Segment, "commit", commit)
    assert arena.allocate(GRAIN) is None
    monkeypatch.undo()
    assert arena.in_use() == 0
    assert arena.allocate(GRAIN) is not None


def test_what_a_dead_lessee_saw_is_free(arena: Arena) -> None:
    leases = [_lent(arena, b"x"), _lent(arena, b"y")]
    arena.reclaim(LESSEE)
    assert arena.in_use() == 0
    block = arena.allocate(1)
    assert block is not None
    del leases  # too late: these words are not about that block
    assert arena.in_use() == 1


def test_a_block_is_dropped_in_a_finalizer_that_runs_while_the_arena_is_busy(arena: Arena) -> None:
    block = arena.allocate(1)
    assert block is not None
    with arena._lock:
        arena.drop([block])
    assert arena.in_use() == 0


def test_threads_get_blocks_of_their_own(arena: Arena) -> None:
    wrong: list[str] = []

    def use(mark: bytes) -> None:
        for _ in range(200):
            block = arena.allocate(GRAIN)
            assert block is not None
            content = arena.content(block)
            content[:] = mark * GRAIN
            if bytes(content) != mark * GRAIN:
                wrong.append(mark.decode())
            arena.drop([block])

    threads = [threading.Thread(target=use, args=(bytes([mark]),)) for mark in b"abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert arena.in_use() == 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_fork_ends_no_lease_and_frees_no_memory(arena: Arena) -> None:
    assert sys.platform != "win32"  # for the type checker
    lease = _lent(arena, b"kept")
    child = os.fork()
    if not child:
        arena.segment.__del__()
        del lease
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    assert arena.in_use() == 1
    assert bytes(lease.content()[:4]) == b"kept"


@pytest.mark.skipif(sys.platform != "linux", reason="reads the blocks of a memfd")
def test_memory_goes_back_when_its_maker_lets_go_whoever_has_it_mapped() -> None:
    assert sys.platform == "linux"  # for the type checker
    segment = _segment()
    descriptor = os.dup(segment._descriptor)  # as a process that was forked meanwhile has one
    try:
        arena = Arena(segment)
        lease = _lent(arena, bytes(1 << 22))
        assert os.fstat(descriptor).st_blocks >= (1 << 22) / 512
        del arena, segment
        assert os.fstat(descriptor).st_blocks >= (1 << 22) / 512  # somebody sees it
        del lease
        assert os.fstat(descriptor).st_blocks == 0
    finally:
        os.close(descriptor)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has another segment")
def test_memory_is_let_go_of_when_the_names_of_its_module_are_gone() -> None:
    """So it is at an interpreter's exit."""
    from forkless.arena import segment_posix

    segment = segment_posix.Segment(1 << 20)
    finalize = types.FunctionType(
        segment_posix.Segment.__del__.__code__,
        {"__builtins__": __builtins__},
        argdefs=segment_posix.Segment.__del__.__defaults__,
    )
    finalize(segment)
    with pytest.raises(OSError, match="descriptor"):
        os.fstat(segment._descriptor)
    segment._descriptor = -1


@pytest.mark.skipif(sys.platform == "win32", reason="limits of a process are POSIX")
def test_an_arena_makes_do_with_what_a_limit_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = []

    class Limited(Segment):
        def __init__(self, size: int) -> None:
            sizes.append(size)
            if size > 1 << 28:
                raise OSError(27, "File too large")
            super().__init__(size)

    monkeypatch.setattr("forkless.arena.arena.Segment", Limited)
    segment = make_segment()
    assert segment is not None
    assert segment.size <= 1 << 28
    assert len(sizes) > 1
    monkeypatch.setattr("forkless.arena.arena._SMALLEST", 1 << 29)
    assert make_segment() is None
