"""Nothing outlives a test: no process, thread, descriptor or shared segment."""

from __future__ import annotations

import gc
import multiprocessing
import os
import sys
import threading
from collections.abc import Iterator
from multiprocessing import heap, process, resource_sharer

import forkless
import psutil
import pytest
from forkless.pool import Pool

END_WITHIN = 10.0
METHODS = multiprocessing.get_all_start_methods()
_PREFIX = f"fl{os.getpid()}"


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    """Fail the test that leaves something behind."""
    _start_what_stays()
    threads, descriptors, segments = set(threading.enumerate()), _descriptors(), _segments()
    processes = set(_processes())
    forkless.set_reserve(1)  # cores are scarce where tests run side by side
    yield
    forkless.shutdown()
    resource_sharer.stop(timeout=END_WITHIN)
    gc.collect()
    heap.BufferWrapper._heap = heap.Heap()
    gc.collect()
    new = [process for process in _processes() if process not in processes]
    _, alive = psutil.wait_procs(new, timeout=END_WITHIN)
    for thread in set(threading.enumerate()) - threads:
        thread.join(END_WITHIN)
    left = {
        "processes": [_command(process) for process in alive],
        "threads": sorted(thread.name for thread in set(threading.enumerate()) - threads),
        "descriptors": sorted(_descriptors() - descriptors),
        "segments": sorted(_segments() - segments),
    }
    assert not any(left.values()), f"left behind: {left}"


@pytest.fixture(scope="session")
def native_forkserver() -> None:
    """The standard library's server lives as long as the interpreter: no test leaves it behind."""
    if "forkserver" in METHODS:
        from multiprocessing import forkserver

        forkserver.ensure_running()


@pytest.fixture(params=METHODS)
def pool(request: pytest.FixtureRequest, native_forkserver: None) -> Iterator[Pool]:
    """Two workers, once by each start method."""
    with Pool(2, mp_context=request.param) as one:
        yield one


@pytest.fixture
def quick_pool() -> Iterator[Pool]:
    """Two workers by the fastest start method, for what does not depend on it."""
    with Pool(2, mp_context=METHODS[0]) as one:
        yield one


def _start_what_stays() -> None:
    """The resource tracker lives as long as pytest itself, by design."""
    # Children inherit the prefix, so that this tree's semaphores are told from its neighbours'.
    process.current_process()._config["semprefix"] = f"/{_PREFIX}"
    if sys.platform != "win32":
        from multiprocessing import resource_tracker

        resource_tracker.ensure_running()


def _processes() -> list[psutil.Process]:
    return psutil.Process().children(recursive=True)


def _command(process: psutil.Process) -> str:
    try:
        return f"{process.pid}: {' '.join(process.cmdline())}"
    except psutil.Error as error:
        return f"{process.pid}: {error}"


def _descriptors() -> set[str]:
    """Open descriptors; on Linux alone (elsewhere there is no list that can be trusted)."""
    if sys.platform != "linux":
        return set()
    found = set()
    for number in os.listdir("/proc/self/fd"):
        try:
            found.add(f"{number} -> {os.readlink(f'/proc/self/fd/{number}')}")
        except FileNotFoundError:
            continue  # the descriptor that listed the folder
    return found


def _segments() -> set[str]:
    """Named semaphores and segments of this tree; on Linux alone, where they are files."""
    if sys.platform != "linux":
        return set()
    ours = (f"sem.{_PREFIX}", f"pym-{os.getpid()}-", f"torch_{os.getpid()}_")
    return {name for name in os.listdir("/dev/shm") if name.startswith(ours)}
