"""A map's results, which nobody sees before all are there: collected, and right all the same."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import forkless_map_tasks as tasks
import pytest
from forkless._pool import collector as module
from forkless._pool.collector import Collector
from forkless._pool.frames import Frame, Kind
from forkless._pool.outbox import Outbox, outcomes_of, remains
from forkless._pool.page import Page
from forkless.pool import Pool, WorkerDied
from forkless_pool_tasks import identity, square

LIMIT = 60
pytestmark = pytest.mark.usefixtures("native_forkserver")


class _Line:
    def __init__(self) -> None:
        self.frames: list[Frame] = []

    def send(self, kind: int, position: int, body: Any) -> None:
        self.frames.append(Frame(kind, position, bytes(body)))


def _collector() -> tuple[Page, Collector, _Line]:
    page, line = Page(), _Line()
    page.handed_over()
    outbox = Outbox(page, line)  # type: ignore[arg-type]
    outbox.open(7)
    return page, Collector(outbox), line


def test_each_start_can_be_read_without_the_worker() -> None:
    page, collector, _ = _collector()
    reached: list[int] = []

    def task(x: int) -> int:
        reached.append(remains(page, 7).reached)
        return x

    assert remains(page, 7).reached == -1
    collector.call_each(task, range(10, 15), print)
    assert reached == [0, 1, 2, 3, 4]
    assert remains(page, 8).reached == -1


def test_what_comes_between_two_tasks_is_not_taken_for_the_next_one() -> None:
    """As Ctrl-C does: a task that never began must not be given an outcome, and runs later."""
    _, collector, line = _collector()

    def between(value: Any) -> None:
        assert collector.add(value)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        collector.call_each(str, [1, 2], between)
    assert (collector.ended, collector.is_in_task) == (1, False)
    with pytest.raises(ZeroDivisionError):
        collector.call_each(lambda x: 1 // x, [0], between)
    assert (collector.ended, collector.is_in_task) == (1, True)
    collector.give(Kind.RAISED, b"failure")
    collector.flush()
    (frame,) = line.frames
    assert outcomes_of(frame, None) == ["1", (Kind.RAISED, b"failure")]


def test_what_is_held_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST", 1000)
    _, collector, line = _collector()
    for _ in range(10):
        assert collector.add("x" * 300)
        collector.give(Kind.VALUE, b"y" * 300)
    assert len(line.frames) == 5
    assert collector.ended == 20


@pytest.mark.parametrize("chunksize", [None, 1, 2, 7, 100])
@pytest.mark.parametrize("items", [range(0), range(5, 50, 3), range(2**70, 2**70 - 9, -1)])
def test_a_range_maps_as_its_list_does(
    quick_pool: Pool, items: range, chunksize: int | None
) -> None:
    assert quick_pool.map(square, items, chunksize) == [x * x for x in items]


def test_a_death_in_a_range_harms_no_other_item(quick_pool: Pool) -> None:
    with pytest.raises(ValueError, match="one"):
        quick_pool.map(tasks.raise_then_leave, range(20), 10)
    assert quick_pool.map(tasks.raise_then_leave, range(4, 40), 10) == list(range(4, 40))


def test_what_was_raised_before_a_death_is_what_the_map_raises(quick_pool: Pool) -> None:
    """The first by position, and the worker's death is no reason to forget it."""
    for _ in range(5):
        with pytest.raises(ValueError, match="one"):
            quick_pool.map(tasks.raise_then_leave, [0, 1, 2, 3], 4)
    with pytest.raises(WorkerDied):
        quick_pool.map(tasks.raise_then_leave, [0, 2, 3, 1], 4)


def test_a_death_in_a_chunk_runs_its_neighbours_once(quick_pool: Pool, tmp_path: Path) -> None:
    log = str(tmp_path / "log")
    with pytest.raises(WorkerDied, match="exit code 3"):
        quick_pool.map(tasks.note_or_leave, [(log, x) for x in range(12)], chunksize=6)
    runs = Counter(Path(log).read_text(encoding="ascii").split())
    assert runs == Counter(str(x) for x in range(12))


def test_a_result_is_what_it_was_when_its_task_returned(quick_pool: Pool) -> None:
    """What the next task of the chunk does to the same object comes too late."""
    grown = quick_pool.map(tasks.seen_so_far, range(4), 4)
    assert [len(one) for one in grown] == [1, 2, 3, 4]
    assert len({id(one) for one in grown}) == 4


@pytest.mark.parametrize("how", ["apply", "imap", "map"])
def test_plain_results_may_be_large(quick_pool: Pool, how: str) -> None:
    """Regression: an int of 64 KiB, or as much text, ended the worker that had computed it."""
    for task, sizes in ((tasks.power, [1, 600_000, 3]), (tasks.text, [1, 16_378, 70_000])):
        if how == "apply":
            results = [quick_pool.apply_async(task, (n,)).get(LIMIT) for n in sizes]
        elif how == "imap":
            results = list(quick_pool.imap(task, sizes, 3))
        else:
            results = quick_pool.map(task, sizes, 3)
        assert results == [task(n) for n in sizes]


def test_exceptions_and_values_of_a_chunk_keep_their_places(quick_pool: Pool) -> None:
    values: list[Any] = [1, "a", [1], None, b"b" * 100_000, {"k": 2}, 0.5, ValueError("v"), (3,)]
    back = quick_pool.map(identity, values * 3, 27)
    assert list(map(repr, back)) == list(map(repr, values * 3))
