"""Programs whose children fail, print and read: for the START rules on standard streams."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from poolproof import journal
from poolproof.children import child, run_to_end
from poolproof.history import Kind
from poolproof.plan import Plan
from poolproof.stage.api import Stage

if TYPE_CHECKING:
    from poolproof.stage.api import Stage


def let_children_fail(plan: Plan, stage: Stage) -> None:
    """A program: its children end as the plan says, one after the other."""
    for how, text in plan["failures"]:
        run_to_end(child(stage, fail, how, text))


def fail(how: str, text: str) -> None:
    """Fail in one of the ways of START-12, in a function of its own."""
    _fail_in_depth(how, text)


def _fail_in_depth(how: str, text: str) -> None:
    if how == "raise":
        raise ValueError(text)
    if how == "interrupt":
        raise KeyboardInterrupt(text)
    if how == "sys.exit":
        sys.exit(text)
    try:
        raise KeyError(f"cause of {text}")
    except KeyError as cause:
        raise ValueError(text) from cause


def let_children_print(plan: Plan, stage: Stage) -> None:
    """A program: it prints, its children print, it prints again; nobody flushes anything."""
    print("<caller before>", end="")
    for number, (how, ending) in enumerate(plan["children"]):
        run_to_end(child(stage, say, how, f"<child {number}>", ending))
    print("<caller after>", end="")


def say(how: str, text: str, ending: str) -> None:
    """Say `text` on the standard output and end."""
    if how == "os.write":
        os.write(1, text.encode())
    else:
        print(text, end="")
    if ending == "sys.exit":
        sys.exit(0)
    if ending == "raise":
        raise ValueError(text)


def let_children_read(plan: Plan, stage: Stage) -> None:
    """A program: its children read from the standard input, then it reads what is left."""
    before = "".join(sys.stdin.readline() for _ in range(plan["caller_first"]))
    for number, how in enumerate(plan["children"]):
        run_to_end(child(stage, read, stage.folder, number, how))
    stage.note("caller", before + sys.stdin.read())


def read(folder: str, number: int, how: str) -> None:
    """Record what the standard input gives."""
    if how == "input":
        try:
            said = input()
        except EOFError:
            said = ""
    else:
        said = "".join(sys.stdin) if how == "iterate" else getattr(sys.stdin, how)()
    journal.record(folder, Kind.OK, "child", number, said)
