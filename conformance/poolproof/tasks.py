"""What runs in workers: a safe vocabulary, importable by name in every child process.

Tasks that record take the journal's folder as their first argument.
"""

from __future__ import annotations

import os
from typing import Any

from poolproof import journal
from poolproof.history import Kind
from poolproof.plan import JSON


def pid() -> int:
    """Which process runs this."""
    return os.getpid()


def identity(value: Any) -> Any:
    """The argument itself."""
    return value


def recorded(folder: str, key: JSON, value: Any = None) -> Any:
    """Record that the task `key` ran here; return `value`."""
    journal.record(folder, Kind.INVOKE, "task", key)
    journal.record(folder, Kind.OK, "task", key)
    return value
