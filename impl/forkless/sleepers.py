"""The one place that chooses how a condition's sleepers are woken on this system."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from .sleepers_windows import Sleeper, Sleepers
else:
    from .sleepers_posix import Sleeper, Sleepers

__all__ = ["Sleeper", "Sleepers"]
