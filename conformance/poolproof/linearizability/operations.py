"""Operations as a checker sees them: who asked for what, when, and what came back."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from typing import Any

from poolproof.history import Event, History, Kind

NEVER = math.inf  # the end of an operation whose end nobody saw


@dataclass(frozen=True, slots=True)
class Operation:
    """One call on a shared object.

    Its effect happens at one instant between `call` and `end`, both included: operations with equal
    stamps are concurrent, so that a coarse clock can hide a fault and never invent one.

    Attributes:
        name: what was called: "read", "put", "acquire", ...
        call: when it was called, in nanoseconds or any other number that all processes share.
        end: when it came back; `NEVER` if nobody saw that (its process was killed, or the history
            ends there): then its effect may have happened at any time after `call`, or not at all.
        argument: what it was given.
        result: what came back; means nothing if `end` is `NEVER`.
        process: who called it; for reports, and for locks that belong to a process.
    """

    name: str
    call: float
    end: float
    argument: Any = None
    result: Any = None
    process: Hashable = None

    @property
    def ended(self) -> bool:
        """Whether somebody saw it come back."""
        return self.end != NEVER

    @property
    def said(self) -> str:
        """The call and its answer, without the caller."""
        given = "" if self.argument is None else repr(self.argument)
        if not self.ended:
            return f"{self.name}({given}) -> ?"
        back = "" if self.result is None else f" -> {self.result!r}"
        return f"{self.name}({given}){back}"

    def __str__(self) -> str:
        return self.said if self.process is None else f"{self.said} by {self.process}"


@dataclass(frozen=True)
class Answer:
    """What a checker found.

    Attributes:
        legal: whether the history is linearizable; None if the checker cannot tell.
        why: if it is not, the contradiction in words; if unknown, what stood in the way.
        culprits: the operations that cannot be ordered.
        order: from a search: a linearization, or of an illegal history the longest that was found.
    """

    legal: bool | None
    why: str = ""
    culprits: tuple[Operation, ...] = ()
    order: tuple[Operation, ...] = field(default=(), repr=False)


LEGAL = Answer(True)


def illegal(why: str, *culprits: Operation) -> Answer:
    """The answer for a history in which *culprits* cannot be ordered."""
    return Answer(False, why, culprits)


def before(first: Operation, second: Operation) -> bool:
    """Did `first` come back before `second` was called?"""
    return first.end < second.call


def operations(history: History, *names: str) -> list[Operation]:
    """The operations called `names` in `history`, in the order of their calls.

    An operation is an INVOKE event (its value is the argument) and the OK event of the same name
    and key (its value is the result). One without an end, or whose end is INFO, is one whose end
    nobody saw. One that failed had no effect and is left out: record as OK what failed by design.
    """
    calls: dict[tuple[str, Hashable], Event] = {}
    found: list[Operation] = []
    for event in history:
        if event.op not in names:
            continue
        key = (event.op, event.key)
        if event.kind is Kind.INVOKE:
            calls[key] = event
        elif event.kind is not Kind.INFO and key in calls:
            call = calls.pop(key)
            if event.kind is Kind.OK:
                found.append(_operation(call, event.t_ns, event.value))
    found += [_operation(call, NEVER, None) for call in calls.values()]
    return sorted(found, key=lambda operation: operation.call)


def _operation(call: Event, end: float, result: Any) -> Operation:
    return Operation(call.op, call.t_ns, end, call.value, result, call.pid)


def by_call(found: Iterable[Operation]) -> list[Operation]:
    """`found` in the order of their calls."""
    return sorted(found, key=lambda operation: operation.call)
