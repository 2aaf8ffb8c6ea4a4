"""A system, or a process, that has no more: an error where it was met, and all else goes on."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys

import pytest

METHOD = multiprocessing.get_all_start_methods()[0]
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="limits of a process are POSIX")

_DESCRIPTORS = """
import contextlib, errno, os, resource, sys
import forkless
import forkless_pool_tasks as tasks

def refused(call):
    try:
        call()
    except OSError as error:
        return error.errno == errno.EMFILE
    return False

if __name__ == "__main__":
    context = forkless.get_context()
    condition, event, again = context.Condition(), context.Event(), context.Event()
    with forkless.Pool(1, mp_context=sys.argv[1]) as pool:
        assert pool.apply(tasks.is_set, (event,)) is False
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, most))
        taken = []
        with contextlib.suppress(OSError):
            while True:
                taken.append(os.open(os.devnull, os.O_RDONLY))
        print(refused(context.Event), refused(lambda: pool.apply(tasks.is_set, (again,))))
        with condition:
            print(refused(condition.wait), condition._lock._is_mine())
        print(pool.apply(tasks.square, (3,)), event.is_set())
        for descriptor in taken:
            os.close(descriptor)
        again.set()
        print(pool.apply(tasks.is_set, (again,)))
        with condition:
            print(condition.wait(0))
"""


def _output(program: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program, METHOD],
        cwd=os.path.dirname(__file__),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_without_a_descriptor_only_what_needs_one_is_refused() -> None:
    assert _output(_DESCRIPTORS) == "True True\nTrue True\n9 False\nTrue\nFalse\n"


_FILES = """
import resource, signal
import forkless

def limit(size):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))

if __name__ == "__main__":
    for make in (lambda: forkless.empty(1 << 20), forkless.get_context().RLock):
        limit(1024)
        try:
            make()
        except OSError as error:
            print(type(error).__name__)
        limit(1 << 30)
        print(make() is not None)
"""


@pytest.mark.torch
def test_shared_memory_that_is_not_to_be_had_is_an_error_and_no_signal() -> None:
    """Its pages are asked for when it is made: not to find one later ends the process."""
    pytest.importorskip("torch")
    assert _output(_FILES) == "OSError\nTrue\n" * 2
