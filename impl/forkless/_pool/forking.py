"""What forks of this process must not inherit from its pools, or do to them.

Guarantees
- No two pools fork a worker at the same time, in two threads. Each would inherit the far ends of
  the other's sentinel and pipe, which are closed only after the fork, and keep them open: a
  worker's death would not show until that of the other one.
- All workers have the program's resource tracker. One that is forked before there is any starts
  its own, which unlinks at the worker's end every shared-memory block that it only attached to
  (https://github.com/python/cpython/issues/82300).
- A worker's pipe ends when the process of its pool does. A copy of the pool's end in a fork of that
  process, be it a worker (of this or another pool) or the program's own, would keep the worker
  waiting for tasks: https://github.com/python/cpython/issues/55241.
- A fork of the program (`os.fork()`) that ends by `sys.exit()` leaves the workers alone.
  multiprocessing's exit handler would take them for its own children and terminate them.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import process

from .errors import PoolError
from .transport import Line


class _Forking:
    def __init__(self) -> None:
        self.pid = os.getpid()
        self._lock = threading.Lock()  # held while a worker is being forked
        self.workers: weakref.WeakSet[process.BaseProcess] = weakref.WeakSet()
        self.lines: weakref.WeakSet[Line] = weakref.WeakSet()  # the pools' own ends
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._after_in_child)

    def check_home(self, pid: int) -> None:
        """PoolError in a fork of process `pid`, where results of its pools never arrive."""
        if pid != self.pid:
            raise PoolError(
                f"no result arrives here: the pool belongs to process {pid}, this is a fork of it; "
                "ask there, or make a pool in this process"
            )

    @contextmanager
    def of_a_worker(self) -> Iterator[None]:
        """Inside, one worker may be forked."""
        from multiprocessing import resource_tracker  # POSIX alone has it

        with self._lock:
            resource_tracker.ensure_running()
            yield

    def _after_in_child(self) -> None:
        self.pid = os.getpid()
        self._lock = threading.Lock()  # inherited as it was, maybe held
        children: set[process.BaseProcess] = getattr(process, "_children", set())
        children.difference_update(self.workers)
        for line in self.lines:
            line.close()
        self.lines.clear()


forking = _Forking()
