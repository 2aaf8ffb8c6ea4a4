"""A spare: an interpreter that does the preload, waits, and becomes one process, once.

Guarantees: it ends by itself when nobody can hand it anything any more (the server is gone and no
caller has it); it ends as a forkserver's child does, without tearing down what it imported.
Assumes: it is killed at any line; whoever holds its ends sees them break.
"""

from __future__ import annotations

import contextlib
import os
import signal

from . import client, handoff, measure, preload
from .context import register
from .messages import Failed, Ready
from .recipe import Recipe
from .system import channel


def main(*ends: int) -> None:
    """Warm up as the server says, wait for the hand-off, and run what it brings."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    side = channel.SpareSide(*ends)
    register()
    try:
        recipe: Recipe = side.link.recv()
    except (EOFError, OSError):
        # The server died, but a caller may have this spare: it imports what it needs by itself.
        await_handoff(side, Ready())
    else:
        await_handoff(side, preload.warm(recipe, asked=side.is_asked()))


def await_handoff(side: channel.SpareSide, warmth: Ready | Failed) -> None:
    """Tell the server of *warmth*, wait for the hand-off, run what it brings, and exit."""
    with contextlib.suppress(OSError):  # without a server, a caller may have this spare still
        side.link.send(warmth)
    client.adopt(side.link)
    try:
        payload, descriptors = side.receive()
    except (EOFError, OSError):
        measure.leave_unmeasured()
    code = 1
    try:
        refusal = warmth.reason if isinstance(warmth, Failed) and warmth.fatal else None
        code = handoff.run(side, payload, descriptors, refusal)
        measure.save()
    finally:
        side.report(code)
        os._exit(code)
