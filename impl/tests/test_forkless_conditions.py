"""Condition, Event and Barrier of the forkless context: the dead hold up nobody."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from threading import BrokenBarrierError
from typing import Any

import forkless
import forkless_lock_tasks as tasks
import pytest

LIMIT = 60
CONTEXT: Any = forkless.get_context()
PLAIN: Any = multiprocessing.get_context(multiprocessing.get_all_start_methods()[0])
posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGSTOP")


class Child:
    """A process that waits in one of them, and what it said."""

    def __init__(self, stack: ExitStack, target: Any, *args: Any, timeout: Any = None) -> None:
        self._ours, theirs = PLAIN.Pipe()
        self._process = PLAIN.Process(target=target, args=(*args, theirs, timeout))
        self._process.start()
        theirs.close()
        stack.callback(self._end)
        self.pid = self.heard()

    def heard(self) -> Any:
        assert self._ours.poll(LIMIT)
        return self._ours.recv()

    def is_silent(self) -> bool:
        return not self._ours.poll(0)

    def kill(self) -> None:
        self._process.kill()
        self._process.join(LIMIT)

    def _end(self) -> None:
        self.kill()
        self._ours.close()


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as one:
        yield one


def _asleep(stack: ExitStack, condition: Any, count: int, timeout: Any = None) -> list[Child]:
    """So many children that sleep in it, in this order."""
    children = []
    for _ in range(count):
        children.append(Child(stack, tasks.sleep_and_say, condition, timeout=timeout))
        condition.acquire()  # had only when the child has released it, asleep
        condition.release()
    return children


def test_who_was_killed_in_its_sleep_holds_up_nobody_and_takes_nobodys_turn(
    stack: ExitStack,
) -> None:
    condition = CONTEXT.Condition()
    dead, living, last = _asleep(stack, condition, 3)
    dead.kill()
    with condition:
        condition.notify()
    assert living.heard() is True
    assert last.is_silent()
    last.kill()
    with condition:
        condition.notify_all()
        assert condition.wait(0.01) is False  # what was meant for the dead wakes nobody later


@posix
def test_who_is_stopped_in_its_sleep_holds_up_nobody(stack: ExitStack) -> None:
    condition = CONTEXT.Condition()
    first, second = _asleep(stack, condition, 2)
    os.kill(first.pid, signal.SIGSTOP)
    with condition:
        condition.notify(2)
    assert second.heard() is True
    os.kill(first.pid, signal.SIGCONT)
    assert first.heard() is True


def test_as_many_are_woken_as_was_asked_and_in_the_order_they_came(stack: ExitStack) -> None:
    condition = CONTEXT.Condition()
    children = _asleep(stack, condition, 4)
    with condition:
        condition.notify(2)
    assert [child.heard() for child in children[:2]] == [True, True]
    assert [child.is_silent() for child in children[2:]] == [True, True]
    with condition:
        condition.notify_all()
    assert [child.heard() for child in children[2:]] == [True, True]


def test_a_wait_ends_although_its_lock_was_held_by_one_who_died(stack: ExitStack) -> None:
    condition = CONTEXT.Condition()
    process = PLAIN.Process(target=tasks.take_and_end, args=(condition, "killed"))
    process.start()
    process.join(LIMIT)
    with condition:
        assert condition.wait(0.01) is False
    told = CONTEXT.Condition(CONTEXT.RLock())
    process = PLAIN.Process(target=tasks.take_and_end, args=(told, "killed"))
    process.start()
    process.join(LIMIT)
    with pytest.raises(forkless.OwnerDied), told:
        pass


def test_a_wait_that_takes_the_lock_back_from_one_who_died_says_so_and_has_it() -> None:
    condition = CONTEXT.Condition(CONTEXT.RLock())
    with condition, condition:
        process = PLAIN.Process(target=tasks.notify_and_die, args=(condition,))
        process.start()
        with pytest.raises(forkless.OwnerDied):
            condition.wait(LIMIT)
        assert condition._lock._count() == 2
        process.join(LIMIT)
    assert not condition._lock.locked()


def test_many_short_waits_leave_nothing_in_the_queue(stack: ExitStack) -> None:
    condition = CONTEXT.Condition()
    (sleeper,) = _asleep(stack, condition, 1)
    with condition:
        for _ in range(1000):
            assert condition.wait(0) is False
        condition.notify()
    assert sleeper.heard() is True


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere its sleeper keeps what rings it")
def test_where_no_descriptor_is_left_a_notify_says_so_and_no_sleeper_is_lost() -> None:
    import resource

    condition = CONTEXT.Condition()
    with condition:
        first, second = (condition._sleepers.join() for _ in range(2))
        limits = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (3, limits[1]))
        try:
            with pytest.raises(OSError, match="no descriptor"):
                condition.notify()
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, limits)
        assert first.wait(0)  # sooner than never
        assert not second.wait(0)
        condition._sleepers.forget_who_left()
        condition.notify()
        assert second.wait(0)
        first.leave()
        second.leave()


def test_no_more_sleep_than_there_is_room_for_and_the_rest_goes_on() -> None:
    """What does not fit is an error of the one who came last, who still has the lock."""
    condition = CONTEXT.Condition()
    with condition:
        sleepers: list[Any] = []
        with pytest.raises(OSError):  # noqa: PT011 - each system has its own
            _join_until_refused(condition._sleepers, sleepers)
        assert len(sleepers) >= 100
        assert condition._lock._is_mine()
        condition.notify_all()
        assert all(sleeper.wait(0) for sleeper in sleepers)
        for sleeper in sleepers:
            sleeper.leave()
        assert condition.wait(0) is False


def _join_until_refused(queue: Any, sleepers: list[Any]) -> None:
    for _ in range(5000):
        sleepers.append(queue.join())


def test_a_notify_needs_the_lock() -> None:
    condition = CONTEXT.Condition()
    for call in (condition.notify, condition.notify_all, condition.wait):
        with pytest.raises(AssertionError, match="acquire"):
            call()


def test_an_event_wakes_all_that_live(stack: ExitStack) -> None:
    event = CONTEXT.Event()
    children = [Child(stack, tasks.wait_and_say, event) for _ in range(3)]
    children[0].kill()
    assert not event.is_set()
    assert event.wait(0.01) is False
    event.set()
    assert [child.heard() for child in children[1:]] == [True, True]
    assert (event.is_set(), event.wait(), event.wait(0)) == (True, True, True)
    event.clear()
    assert (event.is_set(), event.wait(0)) == (False, False)


def test_an_event_that_was_set_by_one_who_died_before_it_woke_anybody_is_set(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    event = CONTEXT.Event()

    def sleep_until_the_timeout(_: object) -> bool:
        event._words[0] = True
        return False

    monkeypatch.setattr(event._cond, "wait", sleep_until_the_timeout)
    assert event.wait(1) is True


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere its sleeper keeps what rings it")
def test_who_is_woken_by_a_death_alone_goes_on_waiting_for_an_event(stack: ExitStack) -> None:
    event = CONTEXT.Event()
    sleepers = event._cond._sleepers
    child = Child(stack, tasks.wait_and_say, event)
    for _ in range(3):
        _until(event._cond, lambda: sleepers._count() == 1)
        with event._cond:
            os.close(sleepers._take())  # as whoever dies with it in its hand
    _until(event._cond, lambda: sleepers._count() == 1)
    assert child.is_silent()
    event.set()
    assert child.heard() is True


def test_a_barrier_with_a_dead_party_breaks_in_time_and_can_be_used_again(
    stack: ExitStack,
) -> None:
    barrier = CONTEXT.Barrier(3)
    dead = Child(stack, tasks.wait_and_say, barrier)
    _until_waiting(barrier, 1)
    dead.kill()
    other = Child(stack, tasks.wait_and_say, barrier, timeout=0.01)
    assert other.heard() == "broken"
    with pytest.raises(BrokenBarrierError):
        barrier.wait()
    assert (barrier.broken, barrier.n_waiting, barrier.parties) == (True, 0, 3)
    barrier.reset()
    others = [Child(stack, tasks.wait_and_say, barrier) for _ in range(2)]
    numbers = [barrier.wait(LIMIT), *(child.heard() for child in others)]
    assert sorted(numbers) == [0, 1, 2]


def test_nobody_waits_for_one_who_was_killed_on_its_way_out_of_a_barrier(
    stack: ExitStack,
) -> None:
    """multiprocessing's next round begins when all of the last one have left."""
    barrier = CONTEXT.Barrier(2)
    first = Child(stack, tasks.wait_and_say, barrier)
    _until_waiting(barrier, 1)
    if sys.platform != "win32":
        os.kill(first.pid, signal.SIGSTOP)  # so that it is killed before it has left
    assert barrier.wait(LIMIT) == 1
    first.kill()
    second = Child(stack, tasks.wait_and_say, barrier)
    assert sorted([barrier.wait(LIMIT), second.heard()]) == [0, 1]


def test_a_reset_breaks_the_round_of_those_who_wait_and_no_other(stack: ExitStack) -> None:
    barrier = CONTEXT.Barrier(2)
    for _ in range(70):  # more rounds than are remembered
        _meet(barrier)
    child = Child(stack, tasks.wait_and_say, barrier)
    _until_waiting(barrier, 1)
    barrier.reset()
    assert child.heard() == "broken"
    again = Child(stack, tasks.wait_and_say, barrier)
    assert sorted([barrier.wait(LIMIT), again.heard()]) == [0, 1]


@pytest.mark.parametrize("nth", [1, 2, 3, 4])
def test_whoever_dies_in_a_barrier_spoils_its_own_round_alone(stack: ExitStack, nth: int) -> None:
    barrier = CONTEXT.Barrier(2)
    _meet(barrier)
    first = Child(stack, tasks.wait_and_say, barrier, timeout=0.2)
    _until_waiting(barrier, 1)
    process = PLAIN.Process(target=tasks.come_and_die, args=(barrier, nth))
    process.start()
    process.join(LIMIT)
    assert process.exitcode
    assert first.heard() == "broken"
    barrier.reset()
    _meet(barrier)


@posix
def test_who_was_interrupted_at_a_barrier_has_not_come() -> None:
    def interrupt(*_: object) -> None:
        raise ZeroDivisionError

    barrier = CONTEXT.Barrier(2)
    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        with pytest.raises(ZeroDivisionError):
            barrier.wait()
    finally:
        signal.signal(signal.SIGALRM, before)
    assert (barrier.n_waiting, barrier.broken) == (0, False)
    _meet(barrier)


def _meet(barrier: Any) -> None:
    thread = threading.Thread(target=barrier.wait)
    thread.start()
    barrier.wait(LIMIT)
    thread.join()


def test_a_barriers_action_that_raises_breaks_it() -> None:
    def fail() -> None:
        raise ZeroDivisionError

    barrier = CONTEXT.Barrier(1, fail)
    with pytest.raises(ZeroDivisionError):
        barrier.wait()
    assert barrier.broken


def test_they_travel_with_processes_and_tasks(stack: ExitStack) -> None:
    condition, event, barrier = CONTEXT.Condition(), CONTEXT.Event(), CONTEXT.Barrier(2)
    with forkless.Pool(1) as pool:
        asked = pool.apply_async(tasks.meet_all, (condition, event, barrier))
        barrier.wait(LIMIT)
        with condition:
            event.set()
            assert condition.wait(LIMIT)
        assert asked.get(LIMIT) is True


def _until_waiting(barrier: Any, count: int) -> None:
    _until(barrier._cond, lambda: barrier.n_waiting == count)


def _until(condition: Any, holds: Callable[[], bool]) -> None:
    """Each look takes its lock, so that nobody has come and is not asleep yet."""
    end = time.monotonic() + LIMIT
    while time.monotonic() < end:
        with condition:
            if holds():
                return
    raise AssertionError(f"not within {LIMIT} s")
