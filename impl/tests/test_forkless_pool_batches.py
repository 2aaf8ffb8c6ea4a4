"""Many tasks in one message, and their results in a page that outlives the worker."""

from __future__ import annotations

import multiprocessing
import struct
from enum import IntEnum
from pathlib import Path
from typing import Any

import forkless_pool_tasks as tasks
import pytest
from forkless._pool.batch import Outcome
from forkless._pool.frames import Frame, Kind
from forkless._pool.outbox import Outbox, outcomes_of, remains
from forkless._pool.page import Page
from forkless._pool.plain import are_plain
from forkless.pool import Pool, WorkerDied

METHODS = multiprocessing.get_all_start_methods()
LIMIT = 60
pytestmark = pytest.mark.usefixtures("native_forkserver")


class _Line:
    """What an outbox sends, and whether its process dies instead."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []
        self.breaks_after_sending = False

    def send(self, kind: int, position: int, body: Any) -> None:
        self.frames.append(Frame(kind, position, bytes(body)))
        if self.breaks_after_sending:
            raise ConnectionError


def _outbox(ticket: int = 3) -> tuple[Page, Outbox, _Line]:
    page, line = Page(), _Line()
    page.handed_over()
    outbox = Outbox(page, line)  # type: ignore[arg-type]
    outbox._due = float("inf")
    outbox.open(ticket)
    return page, outbox, line


@pytest.fixture(autouse=True)
def no_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """What an outbox holds, it holds until it is full or the batch ends."""
    monkeypatch.setattr("forkless._pool.outbox._LONGEST_WAIT", 1e9)


def test_what_is_held_can_be_read_without_the_worker() -> None:
    page, outbox, line = _outbox()
    assert remains(page, 3).reached == -1
    for position, value in enumerate([1, "two", b"\0", None, 0.5]):
        outbox.begin(position)
        assert outbox.add(value)
    outbox.begin(5)
    outbox.give(Kind.RAISED, b"pickled")
    outbox.begin(6)
    assert line.frames == []
    assert remains(page, 3) == (
        6,
        0,
        [1, "two", b"\0", None, 0.5, Outcome(Kind.RAISED, b"pickled")],
    )
    assert remains(page, 4) == (-1, 0, [])


def test_what_is_full_or_large_is_sent_in_order() -> None:
    page, outbox, line = _outbox()
    sizes = [10, 15_000, 15_000, 15_000, 15_000, 15_000, 10, 40_000, 10]
    for position, size in enumerate(sizes):
        outbox.begin(position)
        value = bytes([position]) * size
        if not outbox.add(value):
            outbox.give(Kind.VALUE, value)
    held = remains(page, 3)
    assert [(frame.kind, frame.position) for frame in line.frames] == [
        (Kind.RESULTS, 0), (Kind.RESULTS, 5), (Kind.VALUE, 7),
    ]  # fmt: skip
    assert (held.first, len(held.results)) == (8, 1)
    outbox.flush()
    values = [value for frame in line.frames for value in outcomes_of(frame, None)]
    values[7] = values[7].content
    assert values == [bytes([position]) * size for position, size in enumerate(sizes)]
    assert remains(page, 3).results == []


def test_what_was_sent_and_is_still_held_has_its_position_to_tell() -> None:
    """The worker is killed between the two: the pool sees these results twice."""
    page, outbox, line = _outbox()
    outbox.begin(0)
    outbox.add(7)
    line.breaks_after_sending = True
    with pytest.raises(ConnectionError):
        outbox.flush()
    assert (line.frames[0].position, outcomes_of(line.frames[0], None)) == (0, [7])
    assert remains(page, 3) == (0, 0, [7])


def test_results_of_a_worker_that_dies_in_a_batch_arrive(pool: Pool, tmp_path: Path) -> None:
    log = str(tmp_path / "log")
    results = pool.imap(tasks.leave_on_three_of, [(log, x) for x in range(6)], 6)
    assert [results.next(LIMIT) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(WorkerDied):
        results.next(LIMIT)
    assert list(results) == [4, 5]
    assert sorted(Path(log).read_text(encoding="ascii").split()) == list("012345")


class _Number(IntEnum):
    ONE = 1


class _Text(str):
    pass


NAN = struct.unpack("<d", struct.pack("<Q", 0x7FF8_0000_0000_0123))[0]
VALUES: list[Any] = [
    0, -1, 2**70, True, False, None, 0.0, -0.0, NAN, float("inf"), "", "é\ud800", b"\x80", b"",
    (), (1, "a"), (1, [2]), [1], {"a": 1}, {1}, bytearray(b"x"), memoryview(b"y").tobytes(),
    _Number.ONE, _Text("t"), 1j, range(3), ValueError("v"), "s" * 100_000, b"b" * 300_000,
]  # fmt: skip


@pytest.mark.parametrize("chunksize", [1, 7, 100])
def test_values_of_every_kind_keep_type_and_content(quick_pool: Pool, chunksize: int) -> None:
    back = quick_pool.map(tasks.identity, VALUES, chunksize)
    assert [type(value) for value in back] == [type(value) for value in VALUES]
    assert list(map(_content, back)) == list(map(_content, VALUES))
    for kind in (int, float, str, bytes, tuple):
        alike = [value for value in VALUES if type(value) is kind]
        assert list(map(_content, quick_pool.map(tasks.identity, alike, chunksize))) == list(
            map(_content, alike)
        )


def _content(value: Any) -> Any:
    return struct.pack("<d", value) if type(value) is float else repr(value)


def test_tasks_of_a_batch_share_no_argument(quick_pool: Pool) -> None:
    """What one of them does to its argument, the next one does not see."""
    item: list[int] = []
    assert quick_pool.map(tasks.append_and_count, [item] * 5, 5) == [1] * 5
    assert quick_pool.starmap(tasks.append_and_count, [(item,)] * 5, 5) == [1] * 5


def test_plain_is_what_nobody_can_tell_from_its_copy() -> None:
    assert are_plain([1, "a", None])
    assert are_plain([(1, "a"), ()])
    assert not are_plain([1, (1,)])
    assert not are_plain([[1]])
    assert not are_plain([((1,),)])
    assert not are_plain([_Number.ONE])
    assert not are_plain(["s" * 100_000])


@pytest.mark.skipif("fork" not in METHODS, reason="the worker inherits the limit by fork")
def test_a_result_does_not_wait_for_the_end_of_a_slow_batch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started, first, second = (str(tmp_path / name) for name in ("started", "first", "second"))
    monkeypatch.setattr("forkless._pool.outbox._LONGEST_WAIT", 0.0)
    with Pool(1, mp_context="fork") as pool:
        results = pool.imap(tasks.announce_and_wait_of, [(started, first), (started, second)], 2)
        Path(first).touch()
        assert results.next(LIMIT) > 0
        Path(second).touch()
        assert results.next(LIMIT) > 0
