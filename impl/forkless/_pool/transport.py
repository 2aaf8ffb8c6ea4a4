"""The one place that chooses how a pool speaks with its workers on this system."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from .transport_windows import Channel, Connection, Hub, ProgressPage, WorkerEnd
else:
    from .transport_posix import Channel, Connection, Hub, ProgressPage, WorkerEnd

__all__ = ["Channel", "Connection", "Hub", "ProgressPage", "WorkerEnd"]
