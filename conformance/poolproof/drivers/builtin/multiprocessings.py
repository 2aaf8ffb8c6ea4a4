"""multiprocessing.Pool, and the libraries that are copies of it or stand on it."""

from __future__ import annotations

import multiprocessing
from importlib import import_module, metadata
from typing import Any

from poolproof.drivers import capabilities as can
from poolproof.drivers.base import Subject
from poolproof.drivers.builtin import native


def standard() -> Subject:
    """multiprocessing.Pool."""
    return Subject(
        name="multiprocessing",
        version=native.PYTHON,
        open=lambda o: multiprocessing.get_context(o.start_method).Pool(**native.pool_arguments(o)),
        start_methods=native.start_methods(),
        context=multiprocessing.get_context,
        declares=native.PROCESS_POOL | native.SHARING | {can.RESTARTS},
        support_pids=native.support,
    )


def torch() -> Subject:
    """torch.multiprocessing's Pool."""
    mp = import_module("torch.multiprocessing")
    return Subject(
        name="torch",
        version=str(import_module("torch").__version__),
        # torch's own pool class does not open: its queues lack the context they need since 3.4.
        open=lambda o: mp.get_context(o.start_method).Pool(**native.pool_arguments(o)),
        start_methods=native.start_methods(),
        context=mp.get_context,
        declares=native.PROCESS_POOL | native.SHARING | {can.RESTARTS},
        support_pids=native.support,
    )


def multiprocess() -> Subject:
    """multiprocess.Pool, which pickles with dill."""
    return _copy("multiprocess")


def billiard() -> Subject:
    """billiard.Pool, celery's."""
    # By default it waits 10 s for the result of a lost worker, longer than most rules wait.
    return _copy("billiard", lost_worker_timeout=1.0)


def _copy(package: str, **options: Any) -> Subject:
    mp = import_module(package)
    helpers = (f"{package}.forkserver", f"{package}.resource_tracker")
    return Subject(
        name=package,
        version=metadata.version(package),
        open=lambda o: mp.get_context(o.start_method).Pool(**native.pool_arguments(o), **options),
        start_methods=tuple(mp.get_all_start_methods()),
        # No context: rules on one ask multiprocessing for current_process() and parent_process(),
        # which know nothing of a copy's processes.
        declares=native.PROCESS_POOL | {can.RESTARTS},
        support_pids=lambda: native.trackers(*helpers),
    )
