"""The one place that chooses what stands behind a lock that tells of its owner's death.

A `Mutex` is had by one thread of one process
- `acquire(seconds, pid)` waits at most so long (None: for ever) and notes that `pid` has it.
- `release()` is for the thread that has it; `abort()` too, if it does not know whether it has it.
- `last_owner` is the process that ended with it, None where that is not known.
- `keep()`: this object goes, and a thread of this process may still have the mutex.
- It travels as semaphores do: to a process that is being started, or in flight.
"""

from __future__ import annotations

import sys

from .taken import Taken

if sys.platform == "linux":
    from .mutex_linux import Mutex
elif sys.platform == "win32":
    from .mutex_windows import Mutex
else:
    from .mutex_posix import Mutex

__all__ = ["Mutex", "Taken"]
