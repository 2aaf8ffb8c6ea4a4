"""Programs for START rules: on what becomes of children when they end."""

from __future__ import annotations

from poolproof import journal
from poolproof.gate import Address, wait_at
from poolproof.history import Kind
from poolproof.plan import Plan
from poolproof.rules.start.children import child
from poolproof.stage.api import Stage
from poolproof.tasks_start import nothing


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
