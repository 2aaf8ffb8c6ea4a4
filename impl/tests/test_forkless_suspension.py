"""A server, template or spare that is suspended costs time; no start(), and nothing is confused."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import forkless
import forkless_targets as targets
import psutil
import pytest
from forkless import client
from test_forkless_process import WITHIN, ask


@pytest.fixture
def context() -> Any:
    return forkless.get_context()


@contextmanager
def suspended(pid: int | None) -> Iterator[psutil.Process]:
    """That process stands still meanwhile, unless it is killed."""
    assert pid is not None
    process = psutil.Process(pid)
    process.suspend()
    # Its threads go on until one of them has met the signal.
    deadline = time.monotonic() + WITHIN
    while sys.platform != "win32" and process.status() != psutil.STATUS_STOPPED:
        assert time.monotonic() < deadline
        time.sleep(0.001)  # its parent, which is told of stops, is the server's own starter
    try:
        yield process
    finally:
        if process.is_running():
            process.resume()


def test_start_does_without_a_suspended_server(context: Any) -> None:
    forkless.warm_up(1, wait=True)
    first = forkless.status()
    with suspended(first.server_pid):
        assert ask(context, targets.send, "alive") == "alive"
    assert forkless.status().server_pid != first.server_pid


def test_suspended_server_is_ended_with_its_spares_by_the_program_that_started_it(
    context: Any,
) -> None:
    forkless.warm_up(1, wait=True)
    helpers = [psutil.Process(pid) for pid in forkless.status().helpers]
    with suspended(forkless.status().server_pid):
        assert ask(context, targets.send, "alive") == "alive"
        assert psutil.wait_procs(helpers, WITHIN)[1] == []


def test_child_of_a_suspended_server_is_unharmed_and_its_exit_code_arrives(context: Any) -> None:
    ours, theirs = context.Pipe()
    process = context.Process(target=targets.wait_for, args=(theirs, 5))
    process.start()
    theirs.close()
    assert ours.poll(WITHIN)
    with suspended(forkless.status().server_pid):
        assert ask(context, targets.send, "alive") == "alive"
        assert process.is_alive()
        ours.send("end")
        process.join(WITHIN)
        assert process.exitcode == 5
    process.close()
    ours.close()


def test_large_start_does_without_a_suspended_server(
    context: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More than the link holds: a write must not wait for ever either."""
    for number in range(50):
        monkeypatch.setenv(f"FORKLESS_TEST_LARGE_{number}", "x" * 30_000)
    forkless.warm_up(1, wait=True)
    with suspended(forkless.status().server_pid):
        process = context.Process(target=targets.nothing)
        process.start()
    process.join(WITHIN)
    assert process.exitcode == 0
    process.close()


def test_process_that_is_given_late_ends_and_the_server_serves_others_as_before(
    context: Any,
) -> None:
    """A child hangs up on a server that it did not start, and may not kill: that lives on."""
    ours, theirs = context.Pipe()
    child = context.Process(target=targets.start_when_told, args=(theirs,))
    child.start()
    theirs.close()
    assert ours.poll(WITHIN)
    assert ours.recv() == child.pid
    forkless.warm_up(1, wait=True)
    server = forkless.status().server_pid
    with suspended(server):
        ours.send("start")
        assert ours.poll(WITHIN)
        exit_code, other_server = ours.recv()
    assert exit_code == 0
    assert other_server not in (None, server)
    # By now the server may or may not have read what was asked before; here it has.
    forkless.warm_up(1, wait=True)
    assert ask(context, targets.send, "alive") == "alive"
    assert forkless.status().server_pid == server
    ours.send("end")
    child.join(WITHIN)
    forkless.shutdown()
    child.close()
    ours.close()


def test_answer_to_a_question_that_was_interrupted_is_not_taken_for_that_to_the_next(
    context: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Regression: Ctrl-C in a start() left every later answer one question behind."""
    forkless.warm_up(1, wait=True)

    def interrupt(link: Any, seconds: float) -> None:
        monkeypatch.undo()
        raise KeyboardInterrupt

    monkeypatch.setattr(client, "_next", interrupt)
    with pytest.raises(KeyboardInterrupt):
        context.Process(target=targets.nothing).start()
    forkless.warm_up(1, wait=True)
    assert forkless.status().children == ()
    assert ask(context, targets.send, "alive") == "alive"


@pytest.mark.parametrize("size", [0, 20_000_000])
def test_hand_off_to_a_suspended_spare_does_not_wait_for_it(context: Any, size: int) -> None:
    forkless.warm_up(1, wait=True)
    (spare,) = forkless.status().ready
    ours, theirs = context.Pipe()
    with suspended(spare):
        process = context.Process(target=targets.send, args=(theirs, bytes(size)))
        process.start()
        assert process.pid == spare
        assert process.is_alive()
        theirs.close()
    assert ours.poll(WITHIN)
    assert ours.recv() == bytes(size)
    process.join(WITHIN)
    assert process.exitcode == 0
    process.close()
    ours.close()


def test_suspended_spare_that_was_handed_a_process_can_be_killed(context: Any) -> None:
    forkless.warm_up(1, wait=True)
    (spare,) = forkless.status().ready
    with suspended(spare):
        process = context.Process(target=targets.nothing)
        process.start()
        process.kill()
        process.join(WITHIN)
        assert process.exitcode not in (None, 0)
    process.close()
