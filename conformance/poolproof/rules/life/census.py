"""What the stage has open: processes, threads, descriptors or handles, shared segments."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from poolproof.plan import JSON
from poolproof.rules.life.segments import held, segments

GRACE_S = 5.0  # what ends by itself must have ended by then


@dataclass(frozen=True)
class Census:
    """What there is at one moment."""

    processes: frozenset[Any]  # psutil.Process, which compare by pid and time of birth
    threads: frozenset[threading.Thread]
    handles: int
    segments: frozenset[str]


def take(support_pids: Callable[[], frozenset[int]]) -> Census:
    """Count now; processes that serve the start method are left out."""
    import psutil

    gc.collect()
    me = psutil.Process()
    children = me.children(recursive=True)
    support = support_pids()  # asked last, so that one born meanwhile is among them
    return Census(
        processes=frozenset(p for p in children if p.pid not in support),
        threads=frozenset(threading.enumerate()),
        handles=opened(me),
        segments=segments(),
    )


def added(before: Census, support_pids: Callable[[], frozenset[int]]) -> dict[str, JSON]:
    """What is there now and was not `before`, once all that ends by itself has had time to."""
    import psutil

    deadline = time.monotonic() + GRACE_S
    now = take(support_pids)
    _, alive = psutil.wait_procs(now.processes - before.processes, timeout=GRACE_S)
    threads = now.threads - before.threads
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    now = take(support_pids)
    return {
        "processes": sorted(p.pid for p in alive),
        "threads": sorted(t.name for t in threads if t.is_alive()),
        "handles": now.handles - before.handles,
        "segments": sorted(held(now.segments - before.segments, family())),
    }


def family() -> frozenset[int]:
    """This process and all that descend from it."""
    import psutil

    me = psutil.Process()
    return frozenset({me.pid, *(p.pid for p in me.children(recursive=True))})


def opened(process: Any) -> int:
    """Descriptors of a process, where there are any, else handles."""
    count: int = process.num_fds() if hasattr(process, "num_fds") else process.num_handles()
    return count
