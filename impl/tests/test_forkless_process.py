"""A process that began as a spare is like any other process of multiprocessing."""

from __future__ import annotations

import signal
import sys
import threading
from multiprocessing import connection as mp_connection
from typing import Any

import forkless
import forkless_targets as targets
import pytest

WITHIN = 60.0
posix_only = pytest.mark.skipif(sys.platform == "win32", reason="signals and fork are POSIX's")


@pytest.fixture
def context() -> Any:
    return forkless.get_context()


def ask(context: Any, target: Any, *args: Any, **options: Any) -> Any:
    """Run *target* in a process of its own and return what it sends."""
    reader, writer = context.Pipe(duplex=False)
    with reader, writer:
        process = context.Process(target=target, args=(writer, *args), **options)
        process.start()
        assert reader.poll(WITHIN), f"no answer; {process}"
        answer = reader.recv()
        process.join(WITHIN)
        assert process.exitcode == 0
        process.close()
    return answer


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ("return", 0),
        ("sys.exit(3)", 3),
        ("sys.exit(text)", 1),
        ("raise", 1),
        ("os._exit(7)", 7),
        pytest.param("SIGKILL", -9, marks=posix_only),
    ],
)
def test_exit_code_is_that_of_cpython(context: Any, how: str, code: int) -> None:
    process = context.Process(target=targets.leave_by, args=(how,))
    assert process.exitcode is None
    process.start()
    process.join(WITHIN)
    assert process.exitcode == code
    assert not process.is_alive()
    process.close()


@pytest.mark.parametrize("end", ["terminate", "kill"])
def test_running_process_can_be_ended(context: Any, end: str) -> None:
    started = context.Event()
    process = context.Process(target=targets.wait_forever, args=(started,))
    process.start()
    assert started.wait(WITHIN)
    assert process.is_alive()
    process.join(0)
    assert process.exitcode is None
    getattr(process, end)()
    assert mp_connection.wait([process.sentinel], WITHIN) == [process.sentinel]
    process.join(WITHIN)
    killed = end == "kill" and sys.platform != "win32"
    assert process.exitcode == -(9 if killed else signal.SIGTERM)


def test_process_that_was_ended_while_its_spare_still_warmed_has_its_exit_code(
    context: Any,
) -> None:
    process = context.Process(target=targets.wait_forever)
    process.start()
    process.terminate()
    process.join(WITHIN)
    assert process.exitcode == -signal.SIGTERM


def test_arguments_arrive_however_large(context: Any) -> None:
    large = bytes(range(256)) * 20_000
    assert ask(context, targets.send, large) == large


def test_unpicklable_target_raises_at_start_and_leaves_nothing(context: Any) -> None:
    process = context.Process(target=lambda: None)
    with pytest.raises(Exception, match="pickle"):
        process.start()


def test_subclass_runs_its_own_run(context: Any) -> None:
    reader, writer = context.Pipe(duplex=False)
    with reader, writer:
        process = targets.Custom(writer)
        process.start()
        assert reader.poll(WITHIN)
        assert reader.recv() == "by hand"
        process.join(WITHIN)


def test_every_kind_of_shared_object_can_be_an_argument(context: Any) -> None:
    with context.Manager() as manager:
        things = {
            "lock": context.Lock(),
            "rlock": context.RLock(),
            "array": context.Array("d", 3),
            "value": context.Value("i", 41),
            "semaphore": context.BoundedSemaphore(1),
            "queue": context.Queue(),
            "simple": context.SimpleQueue(),
            "condition": context.Condition(),
            "event": context.Event(),
            "barrier": context.Barrier(2),
            "list": manager.list(),
        }
        process = context.Process(target=targets.use_everything, args=(things,))
        process.start()
        assert things["event"].wait(WITHIN)
        things["barrier"].wait(WITHIN)
        assert things["queue"].get(timeout=WITHIN) == "queued"
        assert things["simple"].get() == "simply queued"
        process.join(WITHIN)
        assert process.exitcode == 0
        assert list(things["array"]) == [0.0, 2.5, 0.0]
        assert things["value"].value == 42
        assert not things["semaphore"].acquire(block=False)
        assert list(things["list"]) == ["managed"]
        things["simple"].close()
        things["queue"].close()
        things["queue"].join_thread()


def test_counter_under_its_lock_loses_no_update(context: Any) -> None:
    value = context.Value("i", 0)
    processes = [context.Process(target=targets.count_up, args=(value, 200)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(WITHIN)
    assert value.value == 600


def test_hundreds_of_connections_reach_one_process(context: Any) -> None:
    """CPython's forkserver refuses more than 252 descriptors."""
    pairs = [context.Pipe(duplex=False) for _ in range(300)]
    process = context.Process(target=targets.poll_all, args=([w for _, w in pairs],))
    process.start()
    process.join(WITHIN)
    assert process.exitcode == 0
    assert [reader.recv() for reader, _ in pairs] == list(range(300))
    for reader, writer in pairs:
        reader.close()
        writer.close()


def test_many_threads_may_start_at_once(context: Any) -> None:
    failures: list[object] = []

    def start_two() -> None:
        for _ in range(2):
            process = context.Process(target=targets.nothing)
            process.start()
            process.join(WITHIN)
            if process.exitcode != 0:
                failures.append(process)

    threads = [threading.Thread(target=start_two) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WITHIN)
    assert failures == []


def test_grandchildren_use_the_same_server(context: Any) -> None:
    reader, writer = context.Pipe(duplex=False)
    with reader, writer:
        process = context.Process(target=targets.start_grandchild, args=(writer,))
        process.start()
        assert reader.poll(WITHIN)
        assert reader.recv() == "from a grandchild"
        assert reader.poll(WITHIN)
        assert reader.recv() == (0, forkless.status().server_pid)
        process.join(WITHIN)


@pytest.mark.parametrize("method", ["spawn", pytest.param("fork", marks=posix_only)])
def test_native_contexts_stay_available(method: str) -> None:
    import multiprocessing

    assert forkless.get_context(method) is multiprocessing.get_context(method)


@pytest.mark.parametrize("method", [None, "forkless", "forkserver"])
def test_forkless_answers_to_its_names(method: str | None) -> None:
    assert forkless.get_context(method).get_start_method() == "forkless"
