"""Calls whose caller reads the answer itself: what else may happen to worker, pool and caller."""

from __future__ import annotations

import random
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import forkless_pool_tasks as tasks
import pytest
from forkless._pool.keeper import Worker
from forkless._pool.ledger import Ledger
from forkless.pool import Pool, PoolTerminated, WorkerDied

LIMIT = 60
pytestmark = [
    pytest.mark.usefixtures("native_forkserver"),
    pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the manager reads all answers"),
]


@pytest.fixture
def one() -> Iterator[Pool]:
    """A pool whose only worker is idle."""
    with Pool(1, mp_context="fork") as pool:
        pool.apply(tasks.pid)
        yield pool


class _Caller(threading.Thread):
    """`apply` in a thread of its own."""

    def __init__(self, pool: Pool, *call: Any) -> None:
        super().__init__()
        self._pool, self._call = pool, call
        self.value: Any = None
        self.start()

    def run(self) -> None:
        try:
            self.value = self._pool.apply(*self._call)
        except Exception as error:  # noqa: BLE001 - the test looks at it
            self.value = error

    def result(self) -> Any:
        self.join(LIMIT)
        assert not self.is_alive()
        return self.value


def test_an_idle_workers_answer_does_not_wait_for_the_manager(one: Pool) -> None:
    manager_is_busy, go_on = threading.Event(), threading.Event()

    def hold() -> None:
        manager_is_busy.set()
        go_on.wait(2 * LIMIT)

    one._core.post(hold)
    assert manager_is_busy.wait(LIMIT)
    called = [_Caller(one, tasks.square, (3,)).result(), _Caller(one, tasks.pid).result()]
    go_on.set()
    assert called == [9, one._pool[0].pid]


def test_calls_in_turn_with_tasks_in_the_background(one: Pool) -> None:
    for x in range(50):
        behind = one.apply_async(tasks.square, (x,))
        assert one.apply(tasks.square, (x + 1,)) == (x + 1) ** 2
        assert behind.get(LIMIT) == x * x


def test_more_callers_than_workers_are_all_answered(quick_pool: Pool) -> None:
    def call() -> None:
        sums.append(sum(quick_pool.apply(tasks.square, (x,)) for x in range(100)))

    sums: list[int] = []
    threads = [threading.Thread(target=call) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LIMIT)
    assert sums == [328350] * 5


def test_callers_whose_workers_die_hear_of_it(quick_pool: Pool, tmp_path: Path) -> None:
    log = str(tmp_path / "log")
    callers = [_Caller(quick_pool, tasks.leave_on_three, (log, x % 5)) for x in range(20)]
    values = [caller.result() for caller in callers]
    died = [value for value in values if isinstance(value, WorkerDied)]
    assert sorted(value for value in values if not isinstance(value, WorkerDied)) == [
        *([0] * 4), *([1] * 4), *([2] * 4), *([4] * 4),
    ]  # fmt: skip
    assert len(died) == 4
    assert len(Path(log).read_text(encoding="ascii").split()) == 20


def test_an_answer_larger_than_the_pipe_arrives(one: Pool) -> None:
    one._core.arena = None
    assert one.apply(tasks.identity, (b"x" * 300_000,)) == b"x" * 300_000
    assert one.apply(len, (bytes(8 << 20),)) == 8 << 20


def test_a_caller_hears_that_the_pool_was_terminated(one: Pool, tmp_path: Path) -> None:
    started = str(tmp_path / "started")
    caller = _Caller(one, tasks.announce_and_wait, (started, str(tmp_path / "never")))
    tasks.wait_for(started)
    one.terminate()
    assert isinstance(caller.result(), PoolTerminated)


def test_close_and_resize_wait_for_the_answer(quick_pool: Pool, tmp_path: Path) -> None:
    started, gate = str(tmp_path / "started"), tmp_path / "gate"
    quick_pool.map(tasks.pid, range(20), 1)
    caller = _Caller(quick_pool, tasks.announce_and_wait, (started, str(gate)))
    tasks.wait_for(started)
    quick_pool.resize(1)
    quick_pool.close()
    gate.touch()
    quick_pool.join()
    assert not isinstance(caller.result(), Exception)


class _Interruption(Exception):
    pass


@pytest.fixture
def interrupt() -> Iterator[Callable[[], None]]:
    """A call of any thread raises in the main thread."""
    assert sys.platform != "win32"

    def interrupted(_number: int, _frame: Any) -> None:
        raise _Interruption

    before = signal.signal(signal.SIGUSR1, interrupted)
    main = threading.main_thread().ident
    assert main is not None
    yield lambda: signal.pthread_kill(main, signal.SIGUSR1)
    signal.signal(signal.SIGUSR1, before)


def test_an_interrupted_caller_leaves_the_worker_to_the_pool(
    one: Pool, tmp_path: Path, interrupt: Callable[[], None]
) -> None:
    started, gate = str(tmp_path / "started"), tmp_path / "gate"

    def when_started() -> None:
        tasks.wait_for(started)
        interrupt()

    worker = one._pool[0].pid
    thread = threading.Thread(target=when_started)
    thread.start()
    with pytest.raises(_Interruption):
        one.apply(tasks.announce_and_wait, (started, str(gate)))
    thread.join()
    behind = one.apply_async(tasks.pid)
    gate.touch()
    assert behind.get(LIMIT) == worker


def _interrupted(*_args: Any) -> None:
    raise _Interruption


@pytest.mark.parametrize(("kind", "method"), [(Ledger, "answered"), (Worker, "write")])
def test_a_caller_interrupted_in_the_middle_costs_the_worker_alone(
    one: Pool, monkeypatch: pytest.MonkeyPatch, kind: type, method: str
) -> None:
    """What was read of its answer, or written to it, is not known any more."""
    worker = one._pool[0].pid
    with monkeypatch.context() as patched:
        patched.setattr(kind, method, _interrupted)
        with pytest.raises(_Interruption):
            one.apply(tasks.square, (3,))
    assert one.apply_async(tasks.pid).get(LIMIT) != worker
    assert [one.apply(tasks.square, (x,)) for x in range(3)] == [0, 1, 4]


def test_a_caller_interrupted_while_it_is_given_a_worker_loses_none(
    one: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = one._pool[0].pid
    with monkeypatch.context() as patched:
        patched.setattr(Ledger, "_give", _interrupted)
        with pytest.raises(_Interruption):
            one.apply_async(tasks.square, (3,))
    assert one.apply_async(tasks.pid).get(LIMIT) == worker


def test_interruptions_at_any_line_leave_a_pool_that_works(one: Pool) -> None:
    """Ctrl-C may come between any two steps of giving a task to a worker."""
    moments = random.Random(5)
    for _ in range(100):
        with pytest.raises(KeyboardInterrupt):
            _call_until_interrupted(one, moments.uniform(1e-5, 1e-3))
        assert one.apply_async(tasks.square, (2,)).get(LIMIT) == 4
    one.close()
    one.join()


def _call_until_interrupted(pool: Pool, seconds: float) -> None:
    assert sys.platform != "win32"
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    try:
        signal.setitimer(signal.ITIMER_REAL, seconds)
        while True:
            assert pool.apply(tasks.square, (3,)) == 9
    finally:
        signal.signal(signal.SIGALRM, before)
