"""File locks between commands that share one cache folder.

Guarantees:
- The kernel drops a lock when its holder dies; nothing has to be cleaned up.
- A lock file is never deleted while its folder lives, so all lock the same inode.

Assumes:
- A local file system (flock), and Linux: nothing else sets up Wine.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from poolproof_matrix.errors import MatrixError

POLL_SECONDS = 0.1


def try_lock(file: IO[bytes], *, exclusive: bool) -> bool:
    """Take the lock if it is free now."""
    if sys.platform == "win32":
        raise RuntimeError("Wine runs on Linux")
    import fcntl

    try:
        fcntl.flock(file, (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def locked(
    path: Path,
    *,
    exclusive: bool,
    seconds: float,
    waiting: Callable[[], None] = lambda: None,
) -> Iterator[None]:
    """Hold the lock file *path*; wait at most *seconds* for whoever holds it.

    *waiting* is called once if the lock is not free at once. Raises MatrixError at the deadline.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        _acquire(file, path, exclusive, seconds, waiting)
        yield  # closing the file drops the lock


def _acquire(
    file: IO[bytes], path: Path, exclusive: bool, seconds: float, waiting: Callable[[], None]
) -> None:
    if try_lock(file, exclusive=exclusive):
        return
    waiting()
    deadline = time.monotonic() + seconds
    # flock has no timeout and its holder is a stranger with nothing to wait on: ask again.
    while not try_lock(file, exclusive=exclusive):
        if time.monotonic() > deadline:
            raise MatrixError(
                f"{path} is still locked by another command after {seconds:.0f} s; "
                "let it end (see `poolproof matrix wine status`), then try again"
            )
        time.sleep(POLL_SECONDS)
