"""What coverage needs of processes that end without interpreter shutdown.

Its `.pth` file starts it in every interpreter, and its exit function saves what it saw. A child
ends without exit functions, and what ends unused has nothing to save.
"""

from __future__ import annotations

import os
import sys
import traceback


def save() -> None:
    """Save what coverage has seen in this process, if it runs here."""
    coverage = sys.modules.get("coverage")
    if coverage is None or (current := coverage.Coverage.current()) is None:
        return
    try:
        current.stop()
        current.save()
    except Exception:  # noqa: BLE001 - the child is over: its exit code is its target's
        traceback.print_exc()
        sys.stderr.flush()


def leave_unmeasured() -> None:
    """End this process, which ran nothing of the caller's, without a data file.

    With ``patch = _exit``, coverage saves in ``os._exit``; the function behind it stays as it is.
    """
    sys.modules[os.name]._exit(0)
