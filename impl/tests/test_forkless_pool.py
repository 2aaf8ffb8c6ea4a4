"""The surface of forkless.pool.Pool: results, order, errors, callbacks, iterators."""

from __future__ import annotations

import functools
import itertools
import multiprocessing
import operator
import threading
from collections.abc import Iterator
from multiprocessing.pool import RemoteTraceback
from typing import Any

import forkless_pool_tasks as tasks
import pytest
from forkless.pool import Pool, ResultNotPicklable, TaskExited

LIMIT = 60  # seconds: "must happen by", far above what it takes


def test_apply_and_maps_equal_a_serial_run(pool: Pool) -> None:
    assert pool.apply(tasks.add, (1,), {"y": 2}) == 3
    assert pool.apply_async(tasks.add, (1, 2)).get(LIMIT) == 3
    assert pool.starmap(tasks.add, [(1, 2), (3, 4)]) == [3, 7]
    assert pool.starmap_async(tasks.add, [(1, 2)]).get(LIMIT) == [3]
    serial = [x * x for x in range(50)]
    assert pool.map_async(tasks.square, range(50)).get(LIMIT) == serial
    assert list(pool.imap(tasks.square, range(50))) == serial
    assert sorted(pool.imap_unordered(tasks.square, range(50), chunksize=7)) == serial
    for chunksize in (None, 1, 3, 50, 1000):
        assert pool.map(tasks.square, range(50), chunksize) == serial


def test_an_exception_arrives_as_itself_with_the_remote_traceback(pool: Pool) -> None:
    with pytest.raises(ValueError, match="no 3") as caught:
        pool.apply(tasks.fail_on_three, (3,))
    assert isinstance(caught.value.__cause__, RemoteTraceback)
    assert "fail_on_three" in str(caught.value.__cause__)
    assert pool.apply(tasks.square, (3,)) == 9


@pytest.mark.parametrize("inputs", [[], (), iter(()), range(0)])
def test_maps_over_nothing_are_empty(quick_pool: Pool, inputs: Any) -> None:
    assert quick_pool.map(tasks.square, inputs) == []
    assert list(quick_pool.imap(tasks.square, [])) == []
    called = threading.Event()
    quick_pool.map_async(tasks.square, [], callback=lambda _: called.set())
    assert called.wait(LIMIT)


def test_a_map_raises_the_first_exception_by_position(quick_pool: Pool) -> None:
    for chunksize in (1, 2, 10):
        with pytest.raises(ValueError, match="no 3"):
            quick_pool.map(tasks.fail_on_three, range(10), chunksize)


def test_a_returned_exception_is_a_value(quick_pool: Pool) -> None:
    value = quick_pool.apply(tasks.return_error)
    assert isinstance(value, ValueError)
    assert next(quick_pool.imap(tasks.identity, [value])).args == value.args


def _one_then_error() -> Iterator[int]:
    yield 1
    raise LookupError("in the input")


def test_an_input_that_raises_is_the_callers_error(quick_pool: Pool) -> None:
    with pytest.raises(LookupError, match="in the input"):
        quick_pool.map(tasks.square, _one_then_error())
    results = quick_pool.imap(tasks.square, _one_then_error())
    assert results.next(LIMIT) == 1
    with pytest.raises(LookupError, match="in the input"):
        results.next(LIMIT)
    with pytest.raises(StopIteration):
        results.next(LIMIT)


@pytest.mark.parametrize("method", ["imap", "imap_unordered"])
def test_imap_takes_endless_input_lazily(quick_pool: Pool, method: str) -> None:
    taken = itertools.count()
    source = (next(taken) for _ in itertools.count())
    results = getattr(quick_pool, method)(tasks.square, source, buffersize=4)
    roots = {int(results.next(LIMIT) ** 0.5) for _ in range(10)}
    assert len(roots) == 10
    assert max(roots) < 15
    assert next(taken) <= 15, "more than buffersize ahead of what was taken"


@pytest.mark.parametrize("chunksize", [1, 3, 100])
def test_an_iterator_with_a_buffer_that_is_dropped_ends_the_feeding(
    quick_pool: Pool, chunksize: int
) -> None:
    taken: list[int] = []
    source = (taken.append(x) or x for x in itertools.count())  # type: ignore[func-returns-value]
    results = quick_pool.imap(tasks.square, source, chunksize, buffersize=6)
    assert results.next(LIMIT) == 0
    del results
    quick_pool.close()
    quick_pool.join()
    assert len(taken) <= 7


def test_get_times_out_and_gets_later(quick_pool: Pool, tmp_path: Any) -> None:
    gate = tmp_path / "gate"
    result = quick_pool.apply_async(tasks.wait_for, (str(gate),))
    with pytest.raises(multiprocessing.TimeoutError):
        result.get(0.01)
    assert not result.ready()
    with pytest.raises(ValueError, match="not ready"):
        result.successful()
    gate.touch()
    result.wait(LIMIT)
    assert result.ready()
    assert result.successful()
    assert result.get() is result.get()


def test_imap_next_times_out_and_gets_later(quick_pool: Pool, tmp_path: Any) -> None:
    gate = tmp_path / "gate"
    results = quick_pool.imap(tasks.wait_for, [str(gate)])
    with pytest.raises(multiprocessing.TimeoutError):
        results.next(0.01)
    gate.touch()
    assert results.next(LIMIT) == str(gate)


def test_callbacks_run_once_before_the_result_is_ready(quick_pool: Pool) -> None:
    good: list[Any] = []
    bad: list[Any] = []
    quick_pool.apply_async(tasks.square, (3,), {}, good.append, bad.append).get(LIMIT)
    quick_pool.map_async(tasks.square, range(3), 1, good.append, bad.append).get(LIMIT)
    assert (good, bad) == ([9, [0, 1, 4]], [])
    failed = quick_pool.apply_async(tasks.fail_on_three, (3,), {}, good.append, bad.append)
    with pytest.raises(ValueError, match="no 3"):
        failed.get(LIMIT)
    assert len(good) == 2
    assert [str(error) for error in bad] == ["no 3"]


def test_a_callback_may_submit_large_tasks(quick_pool: Pool) -> None:
    """Two messages larger than a pipe, both ways at once, from the callback thread."""
    inner: list[Any] = []
    both = threading.Event()

    def submit(_: Any) -> None:
        for _ in range(2):
            inner.append(quick_pool.apply_async(tasks.identity, (bytes(8 << 20),)))
        both.set()

    quick_pool.apply_async(tasks.square, (1,), callback=submit)
    assert both.wait(LIMIT)
    assert [len(result.get(LIMIT)) for result in inner] == [8 << 20] * 2


@pytest.mark.parametrize("size", [0, 1, 13, 65_523, 65_535, 65_536, 65_537, 1 << 20, 5 << 20])
def test_payloads_of_every_size_survive(quick_pool: Pool, size: int) -> None:
    data = bytes(range(256)) * (size // 256) + bytes(size % 256)
    assert quick_pool.apply(tasks.identity, (data,)) == data


def test_arguments_are_as_they_were_at_submission(quick_pool: Pool) -> None:
    values = [1, 2]
    results = [quick_pool.apply_async(tasks.identity, (values,)) for _ in range(20)]
    values.append(3)
    assert [result.get(LIMIT) for result in results] == [[1, 2]] * 20


def test_many_threads_submit_at_once(quick_pool: Pool) -> None:
    answers: dict[int, list[int]] = {}

    def submit(base: int) -> None:
        asked = [quick_pool.apply_async(tasks.add, (base, x)) for x in range(100)]
        answers[base] = [result.get(LIMIT) for result in asked]

    threads = [threading.Thread(target=submit, args=(base * 1000,)) for base in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {b * 1000: [b * 1000 + x for x in range(100)] for b in range(8)}


@pytest.mark.parametrize("kind", [SystemExit, KeyboardInterrupt])
def test_a_task_that_exits_gives_task_exited(quick_pool: Pool, kind: type[BaseException]) -> None:
    before = {process.pid for process in quick_pool._pool}
    result = (
        quick_pool.apply_async(tasks.exit_task, (3,))
        if kind is SystemExit
        else quick_pool.apply_async(tasks.interrupt)
    )
    with pytest.raises(TaskExited) as caught:
        result.get(LIMIT)
    assert isinstance(caught.value.__cause__, kind)
    assert set(quick_pool.map(tasks.pid, range(20), 1)) <= before


def test_what_cannot_be_pickled_is_an_error_at_its_caller_alone(quick_pool: Pool) -> None:
    neighbour = quick_pool.apply_async(tasks.square, (2,))
    unsendable = quick_pool.apply_async(tasks.identity, (threading.Lock(),))
    refused = functools.partial(tasks.add, y=threading.Lock())
    with pytest.raises(Exception, match="pickle"):
        unsendable.get(LIMIT)
    with pytest.raises(Exception, match="pickle"):
        quick_pool.map(refused, [1])
    with pytest.raises(Exception, match="pickle"):
        list(quick_pool.imap(refused, [1]))
    with pytest.raises(Exception, match="pickle"):
        quick_pool.map(tasks.identity, [1, threading.Lock(), 3], 3)
    with pytest.raises(RuntimeError, match="not in this process"):
        quick_pool.apply(tasks.identity, (tasks.OpensBadlyInWorker(),))
    assert neighbour.get(LIMIT) == 4


@pytest.mark.parametrize(
    ("function", "named"),
    [
        (tasks.make_lock, "_thread.lock"),
        (tasks.raise_unpicklable, "forkless_pool_tasks.Unpicklable"),
        (tasks.raise_ununpicklable, "forkless_pool_tasks.Ununpicklable"),
        (tasks.return_ununpicklable, "cannot be opened"),
    ],
)
def test_what_cannot_come_back_is_a_typed_error(
    quick_pool: Pool, function: Any, named: str
) -> None:
    with pytest.raises(ResultNotPicklable, match=named):
        quick_pool.apply(function)
    if named.startswith("forkless"):
        with pytest.raises(ResultNotPicklable) as caught:
            quick_pool.apply(function)
        assert function.__name__ in str(caught.value.__cause__)
    assert quick_pool.apply(tasks.square, (3,)) == 9


@pytest.mark.parametrize(
    "arguments",
    [{"processes": 0}, {"processes": -1}, {"maxtasksperchild": 0}, {"maxtasksperchild": "1"}],
)
def test_bad_arguments_are_refused(arguments: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="must be"):
        Pool(**arguments)
    with pytest.raises(TypeError, match="callable"):
        Pool(1, initializer=3)  # type: ignore[arg-type]


def test_bad_chunk_sizes_are_refused(quick_pool: Pool) -> None:
    for call in (quick_pool.map, quick_pool.imap, quick_pool.imap_unordered):
        with pytest.raises(ValueError, match="chunksize must be at least 1"):
            call(operator.neg, [1], chunksize=0)
    with pytest.raises(ValueError, match="buffersize must be at least 1"):
        quick_pool.imap(operator.neg, [1], buffersize=0)
    with pytest.raises(TypeError, match="buffersize must be an int"):
        quick_pool.imap(operator.neg, [1], buffersize="1")  # type: ignore[arg-type]


@pytest.mark.skipif(
    "fork" not in multiprocessing.get_all_start_methods(),
    reason="nothing is inherited",
)
def test_forked_workers_do_not_share_numpys_generator() -> None:
    random = pytest.importorskip("numpy.random")
    drawn = []
    for _ in range(2):
        with Pool(1, mp_context="fork") as one:
            drawn.append(one.apply(tasks.numpy_bytes, (16,)))
    assert drawn[0] != drawn[1]
    with Pool(1, random.seed, (7,), mp_context="fork") as seeded:
        assert seeded.apply(tasks.numpy_bytes, (16,)) == random.RandomState(7).bytes(16)
