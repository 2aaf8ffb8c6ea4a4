"""The one place that chooses what a page of shared memory is on this system."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from .page_windows import Page
else:
    from .page_posix import Page

__all__ = ["Page"]
