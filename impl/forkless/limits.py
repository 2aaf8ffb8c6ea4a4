"""The one place that chooses how the limits of this system are read."""

from __future__ import annotations

import sys

if sys.platform == "linux":
    from .limits_linux import available_memory, cores, private_memory, share_of_memory
else:
    if sys.platform == "win32":
        from .limits_windows import available_memory, cores, private_memory
    else:
        from .limits_posix import available_memory, cores, private_memory

    share_of_memory = private_memory  # nothing is forked here, and little is shared

__all__ = ["available_memory", "cores", "private_memory", "share_of_memory"]
