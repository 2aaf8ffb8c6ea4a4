"""Locks, events, queues, values, ... of the forkless context as arguments, without install()."""

from __future__ import annotations

import gc
import multiprocessing
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import forkless
import forkless_pool_tasks as tasks
import pytest
from forkless.pool import Pool

METHODS = multiprocessing.get_all_start_methods()
LIMIT = 60
pytestmark = pytest.mark.usefixtures("native_forkserver")


@pytest.fixture(params=["forkless", *METHODS])
def pool(request: pytest.FixtureRequest) -> Iterator[Pool]:
    with Pool(2, mp_context=request.param) as one:
        yield one


def test_workers_exclude_each_other_by_a_lock_that_was_made_later(pool: Pool) -> None:
    assert pool.apply(tasks.square, (2,)) == 4
    context = forkless.get_context()
    lock, counter = context.Lock(), context.Value("i", lock=False)
    shared = context.Value("i")
    pool.starmap(tasks.count_up, [(lock, counter, 500)] * 4, 1)
    asked = [pool.apply_async(tasks.count_up, (shared.get_lock(), shared, 500)) for _ in range(4)]
    for one in asked:
        one.get(LIMIT)
    assert (counter.value, shared.value) == (2000, 2000)


def test_workers_meet_at_a_barrier_and_hear_an_event(pool: Pool) -> None:
    context = forkless.get_context()
    barrier, event = context.Barrier(3), context.Event()
    asked = [pool.apply_async(tasks.meet, (barrier, event)) for _ in range(2)]
    barrier.wait(LIMIT)
    event.set()
    assert [one.get(LIMIT) for one in asked] == [True, True]


def test_queues_connect_two_workers(pool: Pool) -> None:
    context = forkless.get_context()
    first, second, third = context.Queue(), context.JoinableQueue(), context.Queue()
    asked = [pool.apply_async(tasks.pass_on, pair) for pair in ((second, third), (first, second))]
    first.put(1)
    for one in asked:
        one.get(LIMIT)
    assert third.get(timeout=LIMIT) == 3
    for queue in (first, second, third):
        queue.close()
        queue.join_thread()


def test_a_task_keeps_its_lock_until_it_has_settled(tmp_path: Path) -> None:
    """The lock's sender drops it while the task waits behind many others."""
    gate = tmp_path / "gate"
    with Pool(1, mp_context=METHODS[0]) as pool:
        pool.apply_async(tasks.wait_for, (str(gate),))
        for _ in range(1000):
            pool.apply_async(tasks.square, (1,))
        alone = pool.apply_async(tasks.locked, (forkless.get_context().Lock(),))
        mapped = pool.map_async(tasks.locked, [forkless.get_context().Lock() for _ in range(3)], 3)
        gc.collect()
        gate.touch()
        assert alone.get(LIMIT)
        assert mapped.get(LIMIT) == [True] * 3


def test_a_task_that_is_repeated_gets_its_queue_lock_and_event_again() -> None:
    context = forkless.get_context()
    queue, lock, event = context.Queue(), context.RLock(on_owner_death="recover"), context.Event()
    with Pool(1, mp_context=METHODS[0]) as pool:
        assert pool.apply(tasks.put_and_die_once, (queue, lock, event), retries=1) == 2
        # While the worker lives: a thread of it may not have sent yet what the task has put.
        assert [queue.get(timeout=LIMIT) for _ in range(2)] == [1, 2]
    assert event.is_set()
    queue.close()
    queue.join_thread()


def test_a_function_that_holds_a_lock_is_mapped_to_many_workers() -> None:
    context = forkless.get_context()
    lock, counter = context.RLock(), context.Value("i", lock=False)
    with Pool(2, mp_context=METHODS[0]) as pool:
        pool.map(partial(tasks.count_up, lock, counter), [50] * 8, 1)
    assert counter.value == 400


@pytest.mark.skipif(sys.platform == "win32", reason="there is no fork")
@pytest.mark.skipif(sys.version_info < (3, 11, 5), reason="such a lock says nothing yet")
def test_a_lock_that_only_a_fork_can_share_is_refused_with_the_way_out() -> None:
    with Pool(1, mp_context="fork") as pool:
        for call in (pool.apply, pool.map):
            with pytest.raises(RuntimeError, match=r"forkless\.get_context\(\)\.Lock"):
                call(tasks.locked, (multiprocessing.get_context("fork").Lock(),))
