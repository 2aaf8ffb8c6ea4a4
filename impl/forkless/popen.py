"""Chooses the Popen of this system."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from .popen_windows import Popen
else:
    from .popen_posix import Popen

__all__ = ["Popen"]
