"""Programs for START rules: on what becomes of children when they end."""

from __future__ import annotations

import hashlib
import sys
from typing import TYPE_CHECKING

from poolproof import journal
from poolproof.children import child
from poolproof.gate import Address, wait_at
from poolproof.history import Kind
from poolproof.plan import JSON, Plan
from poolproof.stage.api import Stage
from poolproof.tasks_start import nothing

if TYPE_CHECKING:
    from poolproof.stage.api import Stage


def leave_children(plan: Plan, stage: Stage) -> None:
    """A program: it ends while its children run."""
    for number, daemon in enumerate(plan["daemons"]):
        args = (stage.folder, tuple(plan["address"]), number)
        child(stage, stay_and_finish, *args, daemon=daemon).start()
    wait_at(tuple(plan["address"]), "program")


def stay_and_finish(folder: str, address: Address, number: int) -> None:
    """Run until let go."""
    wait_at(address, number)
    journal.record(folder, Kind.OK, "finished", number)


def start_one(_plan: Plan, stage: Stage) -> None:
    """A program: it starts a child."""
    process = child(stage, nothing)
    stage.call("start", process.start)
    if process.pid is not None:
        process.join()
        stage.note("exitcode", process.exitcode)


def start_with_arguments(plan: Plan, stage: Stage) -> None:
    """A program: it starts a child while its own command line is long."""
    sys.argv[1:] = ["a" * plan["length"]] * plan["arguments"]
    stage.note("caller", arguments())
    process = child(stage, tell_arguments, stage.folder)
    stage.call("start", process.start)
    if process.pid is not None:
        process.join()


def arguments() -> dict[str, JSON]:
    """How many arguments there are, and a name for their text."""
    text = "\0".join(sys.argv[1:]).encode()
    return {"count": len(sys.argv) - 1, "digest": hashlib.sha256(text).hexdigest()[:16]}


def tell_arguments(folder: str) -> None:
    """Record sys.argv in short."""
    journal.record(folder, Kind.OK, "child", None, arguments())
