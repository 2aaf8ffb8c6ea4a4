"""Executors with processes: the standard library's, and loky's."""

from __future__ import annotations

import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor
from importlib import import_module, metadata
from typing import Any

from poolproof.drivers import capabilities as can
from poolproof.drivers.base import OpenOptions, Subject
from poolproof.drivers.builtin import native


def standard() -> Subject:
    """concurrent.futures.ProcessPoolExecutor."""
    recycles = sys.version_info >= (3, 11)  # the parameter is that old
    offers = native.PROCESS_POOL | native.SHARING
    return Subject(
        name="concurrent.futures",
        version=native.PYTHON,
        open=_open_standard,
        start_methods=native.start_methods(),
        declares=offers if recycles else offers - {can.RECYCLING},
        lacks={"fork": frozenset({can.RECYCLING})},  # refused, as documented
        support_pids=native.support,
    )


def _open_standard(o: OpenOptions) -> Any:
    recycling: dict[str, Any] = {} if o.max_tasks is None else {"max_tasks_per_child": o.max_tasks}
    context = multiprocessing.get_context(o.start_method)
    return ProcessPoolExecutor(o.workers, context, o.initializer, o.initargs, **recycling)


def loky() -> Subject:
    """loky.ProcessPoolExecutor."""
    package = import_module("loky")
    backend = import_module("loky.backend")
    return Subject(
        name="loky",
        version=metadata.version("loky"),
        open=lambda o: package.ProcessPoolExecutor(
            o.workers,
            context=backend.get_context(o.start_method),
            initializer=o.initializer,
            initargs=o.initargs,
        ),
        start_methods=("loky",),
        declares=native.PROCESS_POOL - {can.RECYCLING},
        support_pids=_loky_support,
    )


def _loky_support() -> frozenset[int]:
    tracker = import_module("loky.backend.resource_tracker")._resource_tracker
    return native.support() | frozenset({tracker._pid} - {None})
