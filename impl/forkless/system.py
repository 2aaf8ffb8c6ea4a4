"""The one place that chooses between POSIX and Windows for what lies below processes."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from . import channel_windows as channel
    from . import courier_windows as courier
    from . import inheritance_windows as inheritance
    from . import launch_windows as launch
else:
    from . import channel_posix as channel
    from . import courier_posix as courier
    from . import inheritance_posix as inheritance
    from . import launch_posix as launch

__all__ = ["channel", "courier", "inheritance", "launch"]
