"""A template (Linux): an interpreter that has done the preload once, and forks spares from there.

Only a process of one thread is forked safely. So a template that finds a thread, a CUDA context or
a seeded generator in itself says that it is unfit, and its server creates such spares as processes.

Guarantees: it runs nothing of the caller's after the preload; it reaps what it forked and tells the
server every exit code; it ends with the server, or once it is retired and its spares have ended.
Assumes: one thread, and that it may be killed at any line; its spares go on without it.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import random
import signal
import sys
import threading
import warnings
from collections.abc import Callable
from multiprocessing import connection, resource_tracker
from typing import Any

from . import measure, messages, preload, rehearsal, spare
from .context import register
from .recipe import Recipe
from .system import channel

assert sys.platform != "win32"


class _Unfit(Exception):
    """Why nothing may be forked from here."""


def main(end: int, tracker: int) -> None:
    """Warm up as the server says, then fork a spare for each word of it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.set_inheritable(tracker, False)
    resource_tracker._resource_tracker._fd = tracker  # type: ignore[attr-defined]
    link = channel.open_link(end)
    register()
    try:
        _serve(link, _warm(link.recv()))
    except _Unfit as reason:
        link.send(messages.Unfit(str(reason)))
    except (EOFError, OSError):
        pass  # the server is gone
    measure.leave_unmeasured()


def _warm(recipe: Recipe) -> messages.Ready:
    # Loaded by the main module alone, its generator could be seeded without a trace.
    watched: dict[str, Any] = {}

    def watch() -> None:
        if "numpy" in sys.modules:
            importlib.import_module("numpy.random")
        watched.update(_generators())

    warmth = preload.warm(recipe, before_main=watch)
    if not isinstance(warmth, messages.Ready):
        raise _Unfit(warmth.reason)
    if _generators() != watched:
        raise _Unfit("__main__ seeds or uses a random generator while it runs")
    if threading.active_count() > 1:
        raise _Unfit(f"the preload started threads: {threading.enumerate()[1:]}")
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_initialized():
        raise _Unfit("the preload initialised CUDA")
    _fork_once()
    gc.collect()
    gc.freeze()  # a collection would write to every page that children share
    return warmth


def _fork_once() -> None:
    """See what a fork does to this process, and whether what comes of it can become a spare."""

    def begin() -> None:
        _reopen_streams()
        measure.leave_unmeasured()

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the threads that this fork is to tell about
        _, status = os.waitpid(_fork(begin), 0)
    if status != 0:
        raise _Unfit("what is forked from here cannot reopen its streams: is /proc there?")
    # OpenBLAS has a thread from its import on and ends it when it is forked. What is there still
    # belongs to somebody who does not expect a fork; libgomp hangs in the child, for one.
    if len(os.listdir("/proc/self/task")) > 1:
        raise _Unfit("the preload started native threads that outlive a fork")


def _serve(link: channel.Link, warmth: messages.Ready) -> None:
    children = _Children()
    script = rehearsal.Script()
    link.send(warmth)
    retired = False
    while not (retired and not children.alive):
        ready = connection.wait([link.fileno(), children.ended])
        if children.ended in ready:
            for pid, code in children.reap():
                link.send(messages.Ended(pid, code))
        if link.fileno() in ready:
            match link.recv():
                case messages.Fork():
                    pid = _fork_spare(link, warmth, children, script)
                    link.send(messages.Forked(pid))
                case messages.Retire():
                    retired = True


def _fork_spare(
    link: channel.Link,
    warmth: messages.Ready,
    children: _Children,
    script: rehearsal.Script,
) -> int:
    ends = link_end, mouth, status = link.take(3)
    for stream in (sys.stdout, sys.stderr):
        stream.flush()

    def become() -> None:
        link.close()
        children.forget()
        _reopen_streams()
        _seed_anew()
        # Where the program's tracker died, this may be another by now.
        tracker: int = resource_tracker._resource_tracker._fd  # type: ignore[attr-defined]
        side = channel.SpareSide(link_end, mouth, status, tracker)
        script.rehearse()
        with contextlib.suppress(EOFError, OSError):  # the server died: a caller may have this one
            side.link.recv()  # the recipe, which it has known all along
        spare.await_handoff(side, warmth)

    pid = _fork(become)
    children.alive.add(pid)
    for end in ends:
        os.close(end)
    return pid


def _fork(run: Callable[[], object]) -> int:
    pid = os.fork()
    if pid == 0:
        try:
            run()
        finally:
            os._exit(1)
    return pid


def _reopen_streams() -> None:
    """In a child: the position in a file is shared with all that was forked, unless reopened."""
    for number in (1, 2):
        again = os.open(f"/proc/self/fd/{number}", os.O_RDWR)
        os.dup2(again, number)
        os.close(again)


class _Children:
    """What was forked and has not been reaped."""

    def __init__(self) -> None:
        self.alive: set[int] = set()
        self.ended, self._wake = os.pipe()
        os.set_blocking(self.ended, False)
        os.set_blocking(self._wake, False)
        self._before = signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._wake, warn_on_full_buffer=False)

    def reap(self) -> list[tuple[int, int]]:
        """The pids that ended, with exit codes as multiprocessing has them (-9: SIGKILL)."""
        os.read(self.ended, 4096)
        found = [os.waitpid(pid, os.WNOHANG) for pid in self.alive]
        ended = [(pid, os.waitstatus_to_exitcode(status)) for pid, status in found if pid]
        self.alive -= {pid for pid, _ in ended}
        return ended

    def forget(self) -> None:
        """In a child: these are siblings."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, self._before)
        os.close(self.ended)
        os.close(self._wake)


def _seed_anew() -> None:
    """A forked generator would repeat its siblings'. Python's own seeds itself."""
    if "numpy.random" in sys.modules:
        sys.modules["numpy.random"].seed()
    if "torch" in sys.modules:
        sys.modules["torch"].default_generator.seed()


def _generators() -> dict[str, Any]:
    states: dict[str, Any] = {"random": random.getstate()}
    if "numpy.random" in sys.modules:
        kind, keys, *rest = sys.modules["numpy.random"].get_state()
        states["numpy"] = (kind, keys.tobytes(), *rest)
    if "torch" in sys.modules:
        states["torch"] = bytes(sys.modules["torch"].get_rng_state().numpy().tobytes())
    return states
