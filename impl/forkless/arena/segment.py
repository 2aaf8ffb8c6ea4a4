"""The one place that chooses where an arena's memory comes from on this system."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from .segment_windows import Segment, most_useful
else:
    from .segment_posix import Segment, most_useful

__all__ = ["Segment", "most_useful"]
