"""Children that end in unusual ways, and children that leave something to do when they return."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from typing import Any

from poolproof import journal
from poolproof.history import Kind
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
    in_thread = {"os._exit in a thread": os._exit, "sys.exit in a thread": sys.exit}[how]
    thread = threading.Thread(target=in_thread, args=(value,))
    thread.start()
    thread.join()


def try_to_start(folder: str, make: Callable[..., Any]) -> None:
    """Start a child, and record what came of it."""
    process = make(target=nothing)
    try:
        process.start()
    except Exception as error:  # noqa: BLE001 - whatever it raises is to be recorded
        journal.record(folder, Kind.FAIL, "misuse", None, describe_error(error))
        return
    process.join()
    journal.record(folder, Kind.OK, "misuse")
