"""Pools without processes: threads, and interpreters in threads."""

from __future__ import annotations

import concurrent.futures
import sys
from multiprocessing.pool import ThreadPool

from poolproof.drivers import capabilities as can
from poolproof.drivers.base import Subject
from poolproof.drivers.builtin import native


def threads() -> Subject:
    """multiprocessing.pool.ThreadPool."""
    return Subject(
        name="threads",
        version=native.PYTHON,
        open=lambda o: ThreadPool(o.workers, o.initializer, o.initargs),
        start_methods=("threads",),
        declares=frozenset({can.INITIALIZER, can.SHARES}),
    )


def executor() -> Subject:
    """concurrent.futures.ThreadPoolExecutor."""
    return Subject(
        name="threadpool",
        version=native.PYTHON,
        open=lambda o: concurrent.futures.ThreadPoolExecutor(
            o.workers, "", o.initializer, o.initargs
        ),
        start_methods=("threads",),
        declares=frozenset({can.INITIALIZER, can.SHARES}),
    )


def interpreters() -> Subject:
    """concurrent.futures.InterpreterPoolExecutor.

    Raises:
        ImportError: this Python has none.
    """
    if sys.version_info < (3, 14):
        raise ImportError(f"InterpreterPoolExecutor is new in Python 3.14, this is {native.PYTHON}")
    return Subject(
        name="interpreters",
        version=native.PYTHON,
        open=lambda o: concurrent.futures.InterpreterPoolExecutor(
            o.workers, "", o.initializer, o.initargs
        ),
        start_methods=("interpreters",),
        declares=frozenset({can.INITIALIZER}),
    )
