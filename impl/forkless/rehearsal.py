"""A hand-off rehearsed by a forked spare, so that the real one finds its memory ready (Linux).

What a fork shares is copied at the first write, a page fault each, and Python writes a reference
count wherever it looks: 350 pages in a hand-off, 1 to 4 us each. The caller waits for those of the
real hand-off; for a spare's nobody waits.

Guarantees: a rehearsal changes nothing, for all that it takes over is this process's own.
Assumes: one thread; the streams are left out, since taking them over repeats what was said there.
"""

from __future__ import annotations

import os
import pickle
import socket
import sys
import threading
from dataclasses import replace
from io import BytesIO
from multiprocessing import process, spawn, util
from typing import Any

from . import handoff, inheritance
from .context import ForklessProcess
from .popen import Popen
from .system import channel

assert sys.platform != "win32"


class Script:
    """The message that a spare hands to itself, written once by its template."""

    def __init__(self) -> None:
        popen: Any = Popen.__new__(Popen)
        self._descriptors: list[int] = []
        popen._descriptors = self._descriptors
        state = inheritance.take_down(popen, dict(os.environ), installed=False)
        state = replace(state, system=replace(state.system, streams=()))
        part = _namesake(process.current_process())
        self._payload = handoff.dump(state, handoff.prepare(part), part, popen)

    def rehearse(self) -> None:
        """Hand it over, take it over, and forget it."""
        ours, theirs = socket.socketpair()
        with ours, theirs:
            channel.send_handoff(ours.fileno(), self._payload, self._descriptors)
            payload, descriptors = channel.receive_handoff(theirs.fileno())
        parts = BytesIO(payload)
        inheritance.take_over(pickle.load(parts), descriptors)
        spawn.prepare(pickle.load(parts))
        _begin(pickle.load(parts))
        for descriptor in descriptors[1:]:
            os.close(descriptor)


def _begin(one: Any) -> None:
    """What ``Process._bootstrap`` does ahead of the target, as far as it changes nothing."""
    open(os.devnull, encoding="utf-8").close()  # as the new standard input
    process._ParentProcess(one.name, one._parent_pid, 0)  # type: ignore[attr-defined]
    threading.main_thread()._set_native_id()  # type: ignore[attr-defined]
    util.info("rehearsed")
    one.run()


def _namesake(one: process.BaseProcess) -> ForklessProcess:
    """A process object that, unlike a new one, is not counted among this process's children."""
    other = ForklessProcess.__new__(ForklessProcess)
    vars(other).update(vars(one), _target=bool, _args=(), _kwargs={})
    return other
