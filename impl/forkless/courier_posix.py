"""POSIX: how locks and shared memory travel to a process that is already running.

A semaphore goes by its name, which exists as long as the object that was sent; a descriptor goes
through multiprocessing's resource sharer, once.
"""

from __future__ import annotations

import sys
from multiprocessing import resource_sharer

assert sys.platform != "win32"


class Courier:
    """Stands where a Popen stands while a process object is pickled."""

    DupFd = resource_sharer.DupFd

    def duplicate_for_child(self, fd: int) -> int:
        return fd
