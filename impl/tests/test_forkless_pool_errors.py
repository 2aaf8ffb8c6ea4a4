"""The typed errors: what they say, that they can be sent on, and which ones a pickler gives."""

from __future__ import annotations

import multiprocessing
import pickle
import queue
import threading
from concurrent.futures import BrokenExecutor
from multiprocessing.pool import MaybeEncodingError
from typing import Any

import forkless_pool_tasks as tasks
import pytest
from forkless import pool as errors
from forkless.executor import Executor
from forkless.pool import ArgumentNotPicklable, Pool, ResultNotPicklable

METHOD = multiprocessing.get_all_start_methods()[0]
LIMIT = 60


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (errors.PoolError("odd"), "odd"),
        (errors.WorkerDied(7, -15, "f"), "worker 7 died (killed by SIGTERM) while it ran 'f'"),
        (errors.WorkerDied(7, 3, "f"), "exit code 3"),
        (errors.TaskTimeout(7, "f", 1.5), "'f' was not done after 1.5 s, so worker 7 was killed"),
        (errors.TaskExited("the task raised SystemExit(3)"), "SystemExit(3)"),
        (errors.InitializerFailed("it raised"), "it raised"),
        (errors.PoolTerminated("over"), "over"),
        (errors.ArgumentNotPicklable("f", "cannot pickle a lock"), "task 'f' cannot be pickled"),
        (errors.ResultNotPicklable("T", "why", "<T>", "result cannot"), "the result cannot: why"),
    ],
)
def test_each_error_says_what_happened_and_can_be_sent_on(error: Any, says: str) -> None:
    copy = pickle.loads(pickle.dumps(error))
    assert says in str(error)
    assert (type(copy), str(copy), vars(copy)) == (type(error), str(error), vars(error))
    assert isinstance(copy, errors.PoolError)


def test_errors_are_of_the_kinds_that_callers_of_other_pools_catch() -> None:
    assert issubclass(errors.InitializerFailed, BrokenExecutor)
    assert issubclass(errors.ResultNotPicklable, MaybeEncodingError)
    assert issubclass(errors.ArgumentNotPicklable, pickle.PicklingError)


@pytest.mark.parametrize("unpicklable", [threading.Lock(), (x for x in "")])
def test_what_pickle_cannot_carry_is_a_typed_error_with_the_way_out(
    quick_pool: Pool, unpicklable: Any
) -> None:
    value = [unpicklable]
    for call in (_apply, _map, _imap):
        with pytest.raises(ArgumentNotPicklable, match="task 'identity' cannot") as caught:
            call(quick_pool, tasks.identity, value)
        assert isinstance(caught.value.__cause__, TypeError)
        with pytest.raises(ArgumentNotPicklable):
            call(quick_pool, _Callable(value), 1)
    assert quick_pool.apply(tasks.square, (3,)) == 9


class _Callable:
    def __init__(self, held: Any) -> None:
        self._held = held

    def __call__(self, _: Any) -> None: ...


def _apply(pool: Pool, function: Any, value: Any) -> Any:
    return pool.apply_async(function, (value,)).get(LIMIT)


def _map(pool: Pool, function: Any, value: Any) -> Any:
    return pool.map_async(function, [value]).get(LIMIT)


def _imap(pool: Pool, function: Any, value: Any) -> Any:
    return pool.imap(function, [value]).next(LIMIT)


@pytest.mark.parametrize("kind", [ValueError, AttributeError, TypeError, OSError, EOFError])
def test_what_a_reducer_raises_is_passed_on_as_it_is(
    quick_pool: Pool, kind: type[BaseException]
) -> None:
    for call in (_apply, _map, _imap):
        with pytest.raises(kind, match="refused") as caught:
            call(quick_pool, tasks.identity, tasks.RaisesWhenPickled(kind))
        assert type(caught.value) is kind
    assert quick_pool.apply(tasks.square, (3,)) == 9


TRANSPORT = ["open_badly_in_worker", "pickles_badly", "opens_badly_here"]
EVERY = [ValueError, OSError, EOFError, MemoryError, SystemExit, KeyboardInterrupt, GeneratorExit]


@pytest.mark.parametrize("kind", EVERY)
@pytest.mark.parametrize("where", TRANSPORT)
def test_an_error_of_any_kind_in_transport_is_that_tasks_alone(
    quick_pool: Pool, kind: type[BaseException], where: str
) -> None:
    """At unpickling an argument, at pickling a result, at unpickling a result."""
    told: queue.SimpleQueue[BaseException] = queue.SimpleQueue()
    before = {process.pid for process in quick_pool._pool}
    in_worker = where == "open_badly_in_worker"
    function = tasks.identity if in_worker else getattr(tasks, where)
    argument = tasks.RaisesWhenOpened(kind) if in_worker else kind
    quick_pool.apply_async(function, (argument,), error_callback=told.put)
    others = [quick_pool.apply_async(tasks.square, (x,)) for x in range(5)]
    error = told.get(timeout=LIMIT)
    if not in_worker:
        assert isinstance(error, ResultNotPicklable)
    elif issubclass(kind, Exception):
        assert type(error) is kind
    else:
        assert isinstance(error, errors.TaskExited)
        assert type(error.__cause__) is kind
    assert [one.get(LIMIT) for one in others] == [x * x for x in range(5)]
    assert {process.pid for process in quick_pool._pool} == before


@pytest.mark.parametrize("kind", EVERY)
@pytest.mark.parametrize("where", TRANSPORT)
def test_a_future_settles_after_an_error_of_any_kind_in_transport(
    kind: type[BaseException], where: str
) -> None:
    in_worker = where == "open_badly_in_worker"
    with Executor(1, METHOD) as executor:
        if in_worker:
            future = executor.submit(tasks.identity, tasks.RaisesWhenOpened(kind))
        else:
            future = executor.submit(getattr(tasks, where), kind)
        assert future.exception(LIMIT) is not None
        assert executor.submit(tasks.square, 3).result(LIMIT) == 9


def test_a_result_that_interrupts_its_reader_can_be_asked_for_again(quick_pool: Pool) -> None:
    """In the main thread nobody can tell it from Ctrl-C."""
    result = quick_pool.apply_async(tasks.opens_badly_here, (KeyboardInterrupt,))
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt, match="refused"):
            result.get(LIMIT)
    assert quick_pool.apply(tasks.square, (3,)) == 9
