"""The steps of a start, as a table: who says or does what, in which order.

The protocol in a few lines. A program's first `start()`, or `warm_up()`, starts the server. On
Linux the server warms a template. Spares are forked from it, or created, and say when they are
warm. A `start()` asks for one, and if none is there one is ordered. It is given the spare's ends,
through which it sends the process object. At its end the spare leaves its exit code where the
caller finds it without a server, and the server, which has it from the system, tells it first.

Guarantees: any process may be killed before and after each step, and server, template and spares be
suspended. The tests of faults take their steps from here, and fail for one that is never reached.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from enum import Enum


class Role(Enum):
    """Who takes part."""

    CLIENT = "client"
    SERVER = "server"
    TEMPLATE = "template"
    SPARE = "spare"


class Act(Enum):
    """What is done: to a message, or by a function."""

    SENDS = "sends"
    RECEIVES = "receives"
    CALLS = "calls"


@dataclass(frozen=True)
class Step:
    """One thing that one side does; *what* is a class of `messages`, or ``module:function``."""

    who: Role
    act: Act
    what: str

    def __str__(self) -> str:
        return f"{self.who.value} {self.act.value} {self.what}"


def _steps(lines: str) -> tuple[Step, ...]:
    words = (line.split() for line in lines.strip().splitlines())
    return tuple(Step(Role(who), Act(act), what) for who, act, what in words)


SERVER_STARTS = _steps("""
    client sends Hello
    server receives Hello
    server sends Done
    client receives Done
""")

TEMPLATE_STARTS = _steps("""
    server sends Recipe
    template receives Recipe
    template sends Ready
    server receives Ready
""")

SPARE_IS_FORKED = _steps("""
    server sends Fork
    template receives Fork
    template sends Forked
    server receives Forked
""")

SPARE_IS_CREATED = _steps("""
    server calls maker:launch
""")

SPARE_WARMS_UP = _steps("""
    server sends Recipe
    spare receives Recipe
    spare sends Ready
    server receives Ready
""")

START_IS_ASKED_FOR = _steps("""
    client sends Start
    server receives Start
""")

SPARE_IS_ORDERED = _steps("""
    server sends Ordered
    client receives Ordered
""")

SPARE_IS_GIVEN = _steps("""
    server calls system:channel.SpareEnds.give
    server sends Given
    client receives Given
    client calls system:channel.Grip.receive
""")

PROCESS_IS_HANDED_OVER = _steps("""
    client calls system:channel.Grip.send
    spare calls system:channel.SpareSide.receive
    spare calls handoff:inheritance.take_over
    spare calls handoff:spawn.prepare
    spare calls handoff:_live
""")

PROCESS_ENDS = _steps("""
    spare calls system:channel.SpareSide.report
    server calls system:channel.SpareEnds.ended
""")

FORKED_PROCESS_ENDS = _steps("""
    template sends Ended
    server receives Ended
""")

# Messages that are no step of a start, and what is but a part of one.
BESIDE = {
    "Warm", "AwaitWarm", "Late", "Refused", "Failed", "SetReserve", "NewLink", "AskStatus",
    "Status", "Overview", "ShutDown", "Unfit", "Retire", "Bounds", "Device",
}  # fmt: skip

if sys.platform == "win32":
    # There is no template.
    TEMPLATE_STARTS = SPARE_IS_FORKED = FORKED_PROCESS_ENDS = ()
    BESIDE |= {"Fork", "Forked", "Ended"}
    # A handle is copied by its receiver, while its owner waits.
    SPARE_IS_GIVEN += _steps("""
        server sends Ends
        client receives Ends
        client sends Done
        server receives Done
    """)
else:
    BESIDE |= {"Ends"}
    # It can be read once.
    PROCESS_ENDS += _steps("""
        client calls system:channel.Grip.exit_code
    """)
