"""Children that end in unusual ways, and children that leave something to do when they return."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from multiprocessing import util
from typing import Any

from poolproof import journal
from poolproof.history import Kind
from poolproof.plan import Plan
from poolproof.tasks_start import nothing
from poolproof.values import describe_error


def end_oddly(how: str, value: Any) -> None:
    """End this process in one of the ways of START-36."""
    if how == "sys.exit":
        sys.exit(value)
    if how == "SystemExit":
        raise SystemExit(*value)
    if how == "raise":
        raise {"GeneratorExit": GeneratorExit, "KeyboardInterrupt": KeyboardInterrupt}[value]
    ends: dict[str, Callable[..., object]] = {
        "os._exit in a thread": os._exit,
        "sys.exit in a thread": sys.exit,
    }
    thread = threading.Thread(target=ends[how], args=(value,))
    thread.start()
    thread.join()


def try_to_start(folder: str, make: Callable[..., Any]) -> None:
    """Start a child, and record what came of it."""
    try:
        process = make(target=nothing)
        process.start()
    except Exception as error:  # noqa: BLE001 - whatever it raises is to be recorded
        journal.record(folder, Kind.FAIL, "misuse", None, describe_error(error))
        return
    process.join()
    journal.record(folder, Kind.OK, "misuse")


def finish(folder: str, what: str) -> None:
    """Record that something was done before this process ended."""
    journal.record(folder, Kind.OK, "finished", what)


def leave_behind(folder: str, queue: Any, make: Callable[..., Any], plan: Plan) -> None:
    """Leave things to do when this function ends, and end."""
    leaves, done = plan["leaves"], threading.Event()
    if "finalizer" in leaves:
        util.Finalize(None, finish, args=(folder, "finalizer"), exitpriority=10)
    if "child" in leaves:
        make(target=finish, args=(folder, "child")).start()
    if "thread" in leaves:
        threading.Thread(target=_finish_after, args=(done, folder)).start()
    for number in range(plan["items"]):
        queue.put([number, "x" * plan["size"]])
    done.set()
    if plan["ending"] == "raise":
        raise ValueError("uncaught")
    if plan["ending"] == "sys.exit":
        sys.exit(0)


def _finish_after(done: threading.Event, folder: str) -> None:
    done.wait()
    finish(folder, "thread")
