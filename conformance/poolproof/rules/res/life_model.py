"""A pool's whole life as a model: what may be asked next, and what must come of it.

The model never meets a pool. From the steps before it alone it says of each step whether it is
legal and how it must end: plans are drawn from it, and the check asks it again.

Steps are lists: ["submit", value], ["fail", value], ["read", number of the submission],
["map", items], ["imap", items], ["next"], ["drop"], ["kill"], ["resize", workers], ["close"],
["terminate"]. One imap is open at a time; one worker is killed at most, which ends the imap.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from poolproof.plan import JSON

Step = list[Any]
END = "the end"


class Ends(Enum):
    """How a step ends."""

    VALUE = "value"
    ITEM = "item"  # one of the values
    ERROR = "error"  # ValueError(value), which the task raised
    REFUSED = "refused"  # any exception


@dataclass(frozen=True, slots=True)
class Expected:
    """How a step must end; `or_refused` once a worker was killed, as the pool may be broken."""

    ends: Ends
    value: JSON = None
    or_refused: bool = False


class State(Enum):
    """How far a life has come."""

    OPEN = "open"
    CLOSED = "closed"
    TERMINATED = "terminated"


@dataclass
class Life:
    """A pool as far as its user can know it."""

    submitted: list[Expected] = field(default_factory=list)  # how reading each must end
    items: list[int] = field(default_factory=list)  # of the imap that is open
    unread: int | None = None  # how many it has still to give; None: none is open
    state: State = State.OPEN
    wounded: bool = False  # a worker was killed

    def choices(self) -> list[str]:
        """The names of the steps that are legal now, but for those that are taken once a life."""
        if self.state is State.TERMINATED:  # what was not read by then may be lost
            return ["submit", "map"]
        names = ["submit", "map"]
        if self.state is State.OPEN:
            names += ["fail", "resize"] + ["imap"] * (self.unread is None and not self.wounded)
        names += ["read", "read"] * bool(self.submitted)
        return names + ["next", "next", "drop"] * (self.unread is not None)

    def take(self, step: Step) -> Expected:
        """Do a legal step; how it must end."""
        name, *arguments = step
        expected: Expected = getattr(self, f"_{name}")(*arguments)
        return Expected(expected.ends, expected.value, self.wounded)

    def _if_open(self, value: JSON = None) -> Expected:
        return Expected(Ends.VALUE, value) if self.state is State.OPEN else Expected(Ends.REFUSED)

    def _submit(self, value: JSON) -> Expected:
        return self._submitted(Expected(Ends.VALUE, value))

    def _fail(self, value: JSON) -> Expected:
        return self._submitted(Expected(Ends.ERROR, value))

    def _submitted(self, outcome: Expected) -> Expected:
        if self.state is State.OPEN:
            self.submitted.append(outcome)
        return self._if_open()

    def _read(self, number: int) -> Expected:
        return self.submitted[number]

    def _map(self, items: int) -> Expected:
        return self._if_open(list(range(items)))

    def _imap(self, items: int) -> Expected:
        self.items, self.unread = list(range(items)), items
        return self._if_open()

    def _next(self) -> Expected:
        assert self.unread is not None
        if self.unread == 0:
            self.unread = None
            return Expected(Ends.VALUE, END)
        self.unread -= 1
        return Expected(Ends.ITEM, self.items)  # in which order is not for this rule to say

    def _drop(self) -> Expected:
        self.unread = None
        return Expected(Ends.VALUE)

    def _kill(self) -> Expected:
        self.wounded = True
        self.unread = None
        return self._if_open()

    def _resize(self, _workers: int) -> Expected:
        return self._if_open()

    def _close(self) -> Expected:
        self.state = State.CLOSED
        return Expected(Ends.VALUE)

    def _terminate(self) -> Expected:
        self.state = State.TERMINATED
        return Expected(Ends.VALUE)
