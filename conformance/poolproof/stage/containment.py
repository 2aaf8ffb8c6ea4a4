"""Chooses how a stage and all that descends from it are held together."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from poolproof.stage.containment_windows import Containment, end_with_keeper
else:
    from poolproof.stage.containment_posix import Containment, end_with_keeper

__all__ = ["Containment", "end_with_keeper"]
