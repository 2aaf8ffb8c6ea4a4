"""Linux: a board is memory without a name; /proc shows it to its server's own user, and to root."""

from __future__ import annotations

import contextlib
import mmap
import os
import sys
from collections.abc import Callable, Iterator

assert sys.platform == "linux"

_NAME = "forkless board"


def make(size: int) -> mmap.mmap:
    """A board for this process; raises OSError where there is no descriptor or memory for it."""
    descriptor = os.memfd_create(_NAME, os.MFD_CLOEXEC)
    try:
        os.ftruncate(descriptor, size)
        return mmap.mmap(descriptor, size)  # keeps a descriptor of its own open
    finally:
        os.close(descriptor)


def open_all(size: int) -> Iterator[Callable[[], bytes]]:
    """For each board of this user, how to look at it, until the next one is asked for."""
    for process in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):  # it is another user's, or has ended
            for number in os.listdir(f"/proc/{process}/fd"):
                yield from _open(f"/proc/{process}/fd/{number}", size)


def _open(path: str, size: int) -> Iterator[Callable[[], bytes]]:
    with contextlib.suppress(OSError):  # closed just now
        if not os.readlink(path).startswith(f"/memfd:{_NAME}"):
            return
        with open(path, "rb") as board:
            if os.fstat(board.fileno()).st_uid == os.getuid():  # root can read everybody's
                yield lambda: os.pread(board.fileno(), size, 0)
