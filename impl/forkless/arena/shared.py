"""The one place that chooses how memory is shared by equals on this system."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from .shared_windows import SharedBytes
else:
    from .shared_posix import SharedBytes

__all__ = ["SharedBytes"]
