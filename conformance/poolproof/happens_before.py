"""Which accesses to shared memory were ordered by synchronisation, and which by luck alone.

One step *happens before* another (Lamport, https://doi.org/10.1145/359545.359563) if the same
process took it earlier, or if it came before something that its process sent and the other's
process received. Two accesses to one place, at least one of them a write, that are not ordered so
are a race, however right the values came out: nothing kept them from meeting.

    from poolproof.happens_before import Step, races

    races([
        Step("parent", "write", "slot 0"),
        Step("parent", "send", "lock"),       # before it releases the lock
        Step("child", "receive", "lock"),     # after it acquired it
        Step("child", "read", "slot 0"),
        Step("child", "write", "slot 1"),
        Step("parent", "read", "slot 1"),     # a race: nothing was sent back
    ])

Everything that synchronises is a send and a receive: a lock is sent by its release and received by
an acquire, an event sent by set() and received by a wait() that came back, a message of a queue or
pipe by itself, a barrier's round sent by each who comes and received by each who leaves.

Each process has a vector clock (Mattern; Fidge), each place the last accesses of every process, as
in Djit (https://doi.org/10.1145/781498.781529): linear in steps times processes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from poolproof.history import Event, History, Kind

_ACTS = frozenset({"read", "write", "send", "receive"})


@dataclass(frozen=True, slots=True)
class Step:
    """What one process did.

    Attributes:
        process: who did it.
        act: "read" or "write" of a place; "send" or "receive" of a token.
        what: the place, or the token; hashable. A receive learns from all earlier sends of it.
    """

    process: Hashable
    act: str
    what: Any

    def __post_init__(self) -> None:
        if self.act not in _ACTS:
            raise ValueError(f"{self.act!r}: a step is one of {', '.join(sorted(_ACTS))}")

    def __str__(self) -> str:
        return f"{self.act} of {self.what} by {self.process}"


@dataclass(frozen=True, slots=True)
class Race:
    """Two accesses to one place that nothing ordered; `later` is the later one by the clock."""

    earlier: Step
    later: Step

    def __str__(self) -> str:
        return f"nothing orders the {self.later} after the {self.earlier}"


@dataclass(slots=True)
class _Clock:
    """How many sends of each process are known."""

    known: dict[Hashable, int] = field(default_factory=dict)

    def learn(self, other: _Clock) -> None:
        for process, count in other.known.items():
            if count > self.known.get(process, 0):
                self.known[process] = count


# Of each process that has accessed a place: its last access, and its own count at that time.
_Last = dict[Hashable, tuple[int, Step]]


def races(steps: Iterable[Step]) -> Iterator[Race]:
    """The races, in order; each access with the last of every other process that races with it.

    `steps` are in the order of a common clock: those of one process as it took them, a send ahead
    of the receives that learn from it. So a send is stamped before it happens, a receive after it.
    """
    clocks: dict[Hashable, _Clock] = defaultdict(_Clock)
    sent: dict[Hashable, _Clock] = defaultdict(_Clock)
    written: dict[Hashable, _Last] = defaultdict(dict)
    read: dict[Hashable, _Last] = defaultdict(dict)
    for step in steps:
        mine = clocks[step.process]
        if step.act == "receive":
            mine.learn(sent[step.what])
        elif step.act == "send":
            # What came before this send has the number that it makes known.
            mine.known[step.process] = mine.known.get(step.process, 0) + 1
            sent[step.what].learn(mine)
        else:
            yield from _unordered(step, mine, written[step.what])
            if step.act == "write":
                yield from _unordered(step, mine, read[step.what])
            last = written if step.act == "write" else read
            last[step.what][step.process] = (mine.known.get(step.process, 0) + 1, step)


def _unordered(step: Step, mine: _Clock, last: _Last) -> Iterator[Race]:
    for process, (number, earlier) in last.items():
        if process != step.process and number > mine.known.get(process, 0):
            yield Race(earlier, step)


def steps(history: History) -> list[Step]:
    """The events of a history that are called as the acts of a step are, by their processes."""
    return [_step(event) for event in history if event.op in _ACTS and event.kind is Kind.INFO]


def _step(event: Event) -> Step:
    return Step(event.pid, event.op, event.key)
