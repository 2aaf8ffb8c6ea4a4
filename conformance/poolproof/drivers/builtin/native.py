"""What the standard library's start methods and helper processes are, for all drivers on it."""

from __future__ import annotations

import multiprocessing
import sys
from importlib import import_module
from typing import Any, Final

from poolproof.drivers import capabilities as can
from poolproof.drivers.base import OpenOptions

PROCESS_POOL: Final = frozenset({can.PROCESSES, can.INITIALIZER, can.RECYCLING})
# torch registers with the ForkingPickler of multiprocessing, and sends handles of shared memory to
# all who pickle with that.
SHARING: Final = frozenset({can.SHARES})
PYTHON: Final = ".".join(map(str, sys.version_info[:3]))


def start_methods() -> tuple[str, ...]:
    """Of `multiprocessing`, on this system."""
    methods = multiprocessing.get_all_start_methods()
    return tuple(m for m in ("spawn", "forkserver", "fork") if m in methods)


def pool_arguments(o: OpenOptions) -> dict[str, Any]:
    """The request in the words of `multiprocessing.Pool`."""
    return {
        "processes": o.workers,
        "initializer": o.initializer,
        "initargs": o.initargs,
        "maxtasksperchild": o.max_tasks,
    }


def support() -> frozenset[int]:
    """The forkserver and the resource tracker, where they run."""
    return trackers("multiprocessing.forkserver", "multiprocessing.resource_tracker")


def trackers(forkserver: str, tracker: str) -> frozenset[int]:
    """The helper processes of a multiprocessing package, where they run (POSIX alone has them).

    No public name gives their pids; CPython's own tests read these attributes.
    """
    try:
        server = import_module(forkserver)._forkserver
        resources = import_module(tracker)._resource_tracker
    except ImportError:
        return frozenset()
    return frozenset({server._forkserver_pid, resources._pid} - {None})
