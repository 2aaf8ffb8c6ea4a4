"""The standard streams of a spare: they lead nowhere until the hand-off gives them a place.

While it warms up, a spare reads from nothing and writes into a file. What it said there (a
``__main__`` may print) is said again at the hand-off, so that it comes out where and when a freshly
spawned child would say it.
"""

from __future__ import annotations

import os
import sys


def redirect(number: int, target: int) -> None:
    """Point descriptor *number* (0 to 2) at *target*, which is closed; repeat what was said."""
    said = b"" if number == 0 else _said(number)
    os.dup2(target, number)
    os.close(target)
    while said:
        said = said[os.write(number, said) :]
    if number == 1 and os.isatty(number):
        sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]


def is_open(number: int) -> bool:
    """Whether descriptor *number* exists: a service or a windowed program may have none."""
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


def _said(number: int) -> bytes:
    stream = sys.stdout if number == 1 else sys.stderr
    stream.flush()
    size = os.lseek(number, 0, os.SEEK_END)
    os.lseek(number, 0, os.SEEK_SET)
    return os.read(number, size)
