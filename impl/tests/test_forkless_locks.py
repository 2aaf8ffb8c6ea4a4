"""RLock and Lock(robust=True): only the owner releases, and its death is no end of the lock."""

from __future__ import annotations

import gc
import multiprocessing
import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import synchronize
from multiprocessing.reduction import ForkingPickler
from types import FrameType
from typing import Any

import forkless
import forkless_lock_tasks as tasks
import pytest
from forkless import sharing
from forkless.locks import RLock, RobustLock
from forkless.mutex import Mutex

LIMIT = 60
CONTEXT: Any = forkless.get_context()
PLAIN: Any = multiprocessing.get_context(multiprocessing.get_all_start_methods()[0])
KNOWS_PID = sys.platform != "win32"
linux = pytest.mark.skipif(sys.platform != "linux", reason="counts descriptors in /proc")
posix = pytest.mark.skipif(sys.platform == "win32", reason="no fork, no timer signal")

Make = Callable[..., Any]


def _mechanisms() -> list[Any]:
    if sys.platform != "linux":
        return [Mutex]
    from forkless import mutex_posix  # so that what macOS uses is tried here as well

    return [Mutex, mutex_posix.Mutex]


@pytest.fixture(params=_mechanisms(), ids=lambda kind: kind.__module__.partition(".")[2])
def make(request: pytest.FixtureRequest) -> Make:
    def made(kind: type[RobustLock] = RLock, on_owner_death: str = "raise") -> Any:
        return kind(on_owner_death, request.param.make())

    return made


@contextmanager
def _child(target: Callable[..., None], *args: Any) -> Iterator[Any]:
    """A process that is killed in the end."""
    process = PLAIN.Process(target=target, args=args)
    process.start()
    try:
        yield process
    finally:
        process.kill()
        process.join(LIMIT)


@contextmanager
def _owner(lock: Any) -> Iterator[Any]:
    """A process that has the lock, and is killed in the end."""
    ours, theirs = PLAIN.Pipe()
    with ours, theirs, _child(tasks.take_and_say, lock, theirs) as owner:
        assert ours.poll(LIMIT)
        yield owner


def _pid_of_dead_owner(lock: Any, how: str, context: Any = PLAIN) -> int:
    process = context.Process(target=tasks.take_and_end, args=(lock, how))
    process.start()
    process.join(LIMIT)
    assert process.exitcode is not None
    return int(process.pid)


def _seen_elsewhere(lock: Any) -> tuple[str, bool]:
    """What another process hears when it releases the lock, and whether it could have it."""
    ours, theirs = PLAIN.Pipe()
    process = PLAIN.Process(target=tasks.say_what_can_be_had, args=(lock, theirs))
    process.start()
    theirs.close()  # so that its death is an error here
    with ours:
        heard = ours.recv(), ours.recv()
    process.join(LIMIT)
    return heard


@pytest.mark.parametrize("kind", [RLock, RobustLock])
@pytest.mark.parametrize("how", ["killed", "left", "forgotten"])
def test_who_comes_next_is_told_and_has_the_lock(
    make: Make, kind: type[RobustLock], how: str
) -> None:
    lock = make(kind)
    pid = _pid_of_dead_owner(lock, how)
    with pytest.raises(forkless.OwnerDied) as caught:
        lock.acquire(timeout=LIMIT)
    assert caught.value.pid == (pid if KNOWS_PID else None)
    assert lock._is_mine()
    assert _seen_elsewhere(lock)[1] is False
    lock.release()
    assert _seen_elsewhere(lock)[1] is True
    assert lock.acquire(False)  # a death is told once
    lock.release()


def test_a_process_that_ends_as_python_does_with_a_lock_has_died_with_it(make: Make) -> None:
    """It takes its interpreter down first, and with that its memory, where the lock is."""
    lock = make()
    _pid_of_dead_owner(lock, "forgotten", multiprocessing.get_context("spawn"))
    with pytest.raises(forkless.OwnerDied):
        lock.acquire(timeout=LIMIT)
    lock.release()


def test_a_lock_that_recovers_says_nothing(make: Make) -> None:
    lock = make(on_owner_death="recover")
    _pid_of_dead_owner(lock, "killed")
    assert lock.acquire(timeout=LIMIT)
    lock.release()


def test_a_with_statement_does_not_keep_what_it_could_not_release(make: Make) -> None:
    lock = make()
    _pid_of_dead_owner(lock, "killed")
    with pytest.raises(forkless.OwnerDied), lock:
        raise AssertionError("the body ran")
    assert _seen_elsewhere(lock)[1] is True
    with lock:
        assert _seen_elsewhere(lock)[1] is False


def test_who_waits_when_the_owner_dies_is_told(make: Make) -> None:
    lock = make()
    with _owner(lock) as owner:
        assert lock.acquire(False) is False
        assert lock.acquire(timeout=0.01) is False
        assert lock.acquire(timeout=-1) is False
        killer = threading.Timer(0.1, owner.kill)
        killer.start()
        with pytest.raises(forkless.OwnerDied):
            lock.acquire()
        lock.release()
        killer.join()


def test_only_the_owner_releases(make: Make) -> None:
    lock = make()
    with pytest.raises(AssertionError, match="does not have"):
        lock.release()
    lock.acquire()
    heard: list[object] = []
    thread = threading.Thread(target=lambda: heard.append(_released(lock)))
    thread.start()
    thread.join()
    assert heard == [False]
    assert "does not have" in _seen_elsewhere(lock)[0]
    lock.release()


def _released(lock: Any) -> bool:
    try:
        lock.release()
    except AssertionError:
        return False
    return True


def test_an_rlock_is_released_as_often_as_it_was_acquired(make: Make) -> None:
    lock = make()
    for _ in range(3):
        assert lock.acquire()
    for _ in range(3):
        assert _seen_elsewhere(lock)[1] is False
        lock.release()
    assert _seen_elsewhere(lock)[1] is True


def test_a_lock_does_not_wait_for_its_own_owner(make: Make) -> None:
    lock = make(RobustLock)
    with lock:
        assert lock.acquire(False) is False
        with pytest.raises(RuntimeError, match="wait for itself"):
            lock.acquire()
    assert not lock.locked()


@pytest.mark.skipif(sys.platform == "win32", reason="a mutex of Windows' counts for its thread")
def test_a_second_object_of_a_lock_does_not_release_it(make: Make) -> None:
    """As a process has that is sent a lock twice."""
    lock = make()
    again = type(lock)("raise", lock._mutex)
    with lock:
        assert again.acquire(False) is False
        with pytest.raises(RuntimeError, match="wait for itself"):
            again.acquire()
        assert _seen_elsewhere(lock)[1] is False
    with again:
        assert lock.acquire(False) is False


def test_threads_of_one_process_exclude_each_other(make: Make) -> None:
    lock, total = make(), [0]

    def count() -> None:
        for _ in range(300):
            with lock:
                before = total[0]
                os.getpid()
                total[0] = before + 1

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LIMIT)
    assert total == [1200]


@pytest.mark.skipif(sys.platform == "darwin", reason="record locks are a process's, not a thread's")
def test_a_thread_that_ends_with_a_lock_has_died_with_it() -> None:
    lock = CONTEXT.RLock()
    for _ in range(2):  # the second has the first one's ident
        thread = threading.Thread(target=tasks.acquired, args=(lock,))
        thread.start()
        thread.join()
        with pytest.raises(forkless.OwnerDied) as caught:
            lock.acquire(timeout=LIMIT)
        assert caught.value.pid == (os.getpid() if KNOWS_PID else None)
        lock.release()


@posix
def test_a_fork_of_the_owner_does_not_have_its_lock(make: Make) -> None:
    assert sys.platform != "win32"
    lock = make()
    with lock:
        child = os.fork()
        if not child:
            os._exit(lock.acquire(False) + 2 * _released(lock))
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert _seen_elsewhere(lock)[1] is False


def _take_and_release(lock: Any, alarm: float) -> None:
    """Until the alarm goes off, in so many seconds."""
    assert sys.platform != "win32"
    signal.setitimer(signal.ITIMER_REAL, alarm)
    while True:
        lock.acquire()
        lock.release()


class Interrupted(Exception):
    pass


@pytest.fixture
def alarm_raises() -> Iterator[None]:
    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise Interrupted

    before = signal.signal(signal.SIGALRM, interrupt)
    yield
    signal.signal(signal.SIGALRM, before)


@posix
@pytest.mark.usefixtures("alarm_raises")
def test_an_interrupt_leaves_no_lock_that_nobody_has(make: Make) -> None:
    """A signal's handler raises, at 300 moments."""
    lock = make()
    again = type(lock)("raise", lock._mutex)  # knows nothing of what the first one has
    for moment in range(300):
        with pytest.raises(Interrupted):
            _take_and_release(lock, 0.0001 + moment * 1e-6)
        if lock._is_mine():
            lock.release()
        assert again.acquire(False)
        again.release()


@posix
@pytest.mark.usefixtures("alarm_raises")
def test_a_signal_ends_a_wait_and_the_owner_has_the_lock(make: Make) -> None:
    lock, other = make(), make()
    done = threading.Event()
    thread = threading.Thread(target=_hold, args=(other, done))
    thread.start()
    with _owner(lock):
        for one in (lock, other):
            with pytest.raises(Interrupted):
                _take_and_release(one, 0.05)
            assert not one._is_mine()
    done.set()
    thread.join()
    assert not other.locked()  # the thread could release it


def _hold(lock: Any, done: threading.Event) -> None:
    with lock:
        done.wait(LIMIT)


@posix
@pytest.mark.usefixtures("alarm_raises")
def test_a_death_of_which_an_interrupted_wait_did_not_tell_is_told_next(make: Make) -> None:
    """Regression: a robust mutex that was given back as it was had could never be locked again."""
    assert sys.platform != "win32"
    lock = make()
    with _owner(lock) as owner:

        def strike() -> None:
            os.kill(os.getpid(), signal.SIGALRM)
            owner.kill()

        striker = threading.Timer(0.1, strike)
        striker.start()
        with pytest.raises(Interrupted):
            lock.acquire()
        striker.join()
    with pytest.raises(forkless.OwnerDied) as caught:
        lock.acquire(timeout=LIMIT)
    assert caught.value.pid == owner.pid
    lock.release()


@pytest.mark.parametrize("method", ["forkless", PLAIN.get_start_method()])
def test_tasks_of_a_pool_take_one_and_die_with_one(method: str) -> None:
    lock, counter = CONTEXT.RLock(), CONTEXT.Value("i", lock=False)
    with forkless.Pool(2, mp_context=method) as pool:
        assert pool.starmap(tasks.count_up, [(lock, counter, 100)] * 20) == [None] * 20
        assert counter.value == 2000
        with pytest.raises(forkless.pool.WorkerDied):
            pool.apply(tasks.take_and_end, (lock, "killed"), timeout=LIMIT)
        with pytest.raises(forkless.OwnerDied):
            pool.apply(tasks.count_up, (lock, counter, 1))
        pool.apply(tasks.count_up, (lock, counter, 1))
    assert counter.value == 2001


def test_values_and_arrays_recover() -> None:
    for shared in (CONTEXT.Value("i", 5), CONTEXT.Array("i", [5])):
        _pid_of_dead_owner(shared, "killed")
        with shared.get_lock():
            assert shared.get_obj() is not None
    own = CONTEXT.Value("i", 5, lock=CONTEXT.RLock())
    _pid_of_dead_owner(own, "killed")
    with pytest.raises(forkless.OwnerDied), own.get_lock():
        pass


def test_the_default_lock_is_the_standard_librarys_and_anybody_may_release_it() -> None:
    assert type(CONTEXT.Lock()) is synchronize.Lock
    assert type(forkless.Lock()) is synchronize.Lock
    assert isinstance(forkless.RLock(), RLock)
    assert isinstance(forkless.Lock(robust=True), RobustLock)
    with pytest.raises(ValueError, match="on_owner_death must be one of"):
        CONTEXT.RLock(on_owner_death="ignore")


def test_the_standard_librarys_condition_takes_one() -> None:
    lock = CONTEXT.RLock()
    condition = synchronize.Condition(lock, ctx=multiprocessing.get_context("spawn"))
    with lock, condition:
        assert condition.wait(0.01) is False
        condition.notify()
        assert lock._is_mine()


def test_one_is_pickled_for_a_process_alone_and_its_error_anywhere() -> None:
    with pytest.raises(RuntimeError, match="through inheritance"):
        pickle.dumps(CONTEXT.RLock())
    again = pickle.loads(pickle.dumps(forkless.OwnerDied(7)))
    assert (again.pid, str(again)) == (7, str(forkless.OwnerDied(7)))


def test_a_lock_that_is_sent_stays_with_its_owner(make: Make) -> None:
    """Regression: a record lock ends when its process closes any descriptor of the file."""
    lock, sent = make(), make()
    with lock:
        with sharing.in_flight():
            ForkingPickler.dumps(sent)
        assert _seen_elsewhere(lock)[1] is False


@linux
def test_many_need_few_descriptors_and_give_them_back(make: Make) -> None:
    before = len(os.listdir("/proc/self/fd"))
    locks = [make() for _ in range(1000)]
    assert len(os.listdir("/proc/self/fd")) - before <= 40
    for lock in locks:
        with lock:
            pass
    del locks, lock
    gc.collect()
    assert len(os.listdir("/proc/self/fd")) - before <= 1
