"""The one place that chooses how a pool speaks with its workers on this system."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from .transport_windows import Channel, Hub, Line, WorkerEnd, make_line
else:
    from .transport_posix import Channel, Hub, Line, WorkerEnd, make_line

__all__ = ["Channel", "Hub", "Line", "WorkerEnd", "make_line"]
