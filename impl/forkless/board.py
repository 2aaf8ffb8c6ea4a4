"""The one place that chooses how a server shows its state to its user's other programs."""

from __future__ import annotations

import sys

if sys.platform == "linux":
    from .board_linux import Board, read_all
elif sys.platform == "win32":
    from .board_windows import Board, read_all
else:
    from .board_none import Board, read_all

__all__ = ["Board", "read_all"]
