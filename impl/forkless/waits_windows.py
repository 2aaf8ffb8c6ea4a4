"""Windows: wait for an object of the system, by the one call of all that Ctrl-C ends."""

from __future__ import annotations

import _winapi
import math
import sys
import time

assert sys.platform == "win32"  # for the type checker

_LONGEST = 86_400.0  # seconds of one wait, which takes 32 bits of milliseconds


def wait_for(handle: int, seconds: float | None) -> int | None:
    """What the system says of it within so many seconds (None: as long as it takes), or None."""
    end = math.inf if seconds is None else time.monotonic() + seconds
    while True:
        left = max(0.0, min(end - time.monotonic(), _LONGEST))
        try:
            code = _winapi.WaitForMultipleObjects([handle], False, math.ceil(left * 1000))
        except InterruptedError:  # a signal's handler has returned
            continue
        if code != _winapi.WAIT_TIMEOUT:
            return code
        if time.monotonic() >= end:
            return None
