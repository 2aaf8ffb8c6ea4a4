"""What the tests of locks and conditions run in other processes; importable by name."""

from __future__ import annotations

import gc
import os
import signal
import sys
from multiprocessing.connection import Connection
from threading import BrokenBarrierError
from typing import Any

from forkless_targets import wait_forever


def kill_self() -> None:
    """SIGKILL, or TerminateProcess, which is what any signal means on Windows."""
    os.kill(os.getpid(), signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL)
    wait_forever()  # a signal to oneself may arrive a moment later


def take_and_end(lock: Any, how: str) -> None:
    lock.acquire()
    if how == "killed":
        kill_self()
    elif how == "left":
        os._exit(0)
    elif how == "forgotten":
        del lock
        gc.collect()


def acquired(lock: Any) -> None:
    lock.acquire()


def count_up(lock: Any, counter: Any, times: int) -> None:
    for _ in range(times):
        with lock:
            counter.value += 1


def take_and_say(lock: Any, told: Connection) -> None:
    """Hold it until killed."""
    with lock:
        told.send("held")
        wait_forever()


def say_what_can_be_had(lock: Any, told: Connection) -> None:
    """Whether it is free, and what comes of releasing what is another one's."""
    try:
        lock.release()
    except AssertionError as error:
        told.send(str(error))
    had = lock.acquire(False)
    if had:
        lock.release()
    told.send(had)


def sleep_and_say(condition: Any, told: Connection, timeout: float | None = None) -> None:
    with condition:
        told.send(os.getpid())
        told.send(condition.wait(timeout))


def notify_and_die(condition: Any) -> None:
    with condition:
        condition.notify()
        kill_self()


def wait_and_say(waits: Any, told: Connection, timeout: float | None = None) -> None:
    """For an event or a barrier."""
    told.send(os.getpid())
    try:
        told.send(waits.wait(timeout))
    except BrokenBarrierError:
        told.send("broken")


class _DyingWords:
    """Shared words, and who writes to them for the n-th time is killed instead."""

    def __init__(self, words: Any, nth: int) -> None:
        self._words, self._left = words, nth

    def __getitem__(self, place: int) -> int:
        return int(self._words[place])

    def __setitem__(self, place: int, value: int) -> None:
        self._left -= 1
        if self._left == 0:
            kill_self()
        self._words[place] = value


def come_and_die(barrier: Any, nth: int) -> None:
    """At the n-th thing that it would write down."""
    barrier._words = _DyingWords(barrier._words, nth)
    barrier.wait()


def meet_all(condition: Any, event: Any, barrier: Any) -> bool:
    barrier.wait()
    set_in_time: bool = event.wait()
    with condition:
        condition.notify()
    return set_in_time
