"""The one place that chooses how large private memory is had fast on this system."""

from __future__ import annotations

import sys

if sys.platform == "linux":
    from .fresh_linux import own_copy, prefer_huge_pages
else:
    from .fresh_anywhere import own_copy, prefer_huge_pages

__all__ = ["own_copy", "prefer_huge_pages"]
