"""What was observed while a plan ran: events from every process, on one clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from poolproof.plan import JSON


class Kind(str, Enum):
    """How far an operation is known to have come (the words are Jepsen's)."""

    INVOKE = "invoke"  # it was asked for
    OK = "ok"  # it happened; `value` is what came back
    FAIL = "fail"  # it raised; `value` describes the exception
    INFO = "info"  # a fact beside the operations, or an operation whose end nobody saw


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a history.

    Attributes:
        t_ns: `time.perf_counter_ns()`, one clock for all processes of a machine: see
            `poolproof.clock`.
        pid: the process that saw it.
        kind: invoke, ok, fail or info.
        op: the operation ("submit", "task", "close", ...).
        key: which one of them; equal in the events of one operation.
        value: JSON.
    """

    t_ns: int
    pid: int
    kind: Kind
    op: str
    key: JSON = None
    value: JSON = None

    def as_json(self) -> dict[str, Any]:
        """The event as a JSON object, for a result file."""
        return {
            "t_ns": self.t_ns,
            "pid": self.pid,
            "kind": self.kind.value,
            "op": self.op,
            "key": self.key,
            "value": self.value,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Event:
        """The inverse of `as_json`; a key that was a tuple is one again."""
        return cls(**{**data, "kind": Kind(data["kind"]), "key": hashable(data["key"])})


def hashable(key: JSON) -> JSON:
    """`key` as it was before it became JSON, which has no tuples."""
    return tuple(hashable(k) for k in key) if isinstance(key, list) else key


@dataclass(frozen=True)
class History:
    """Events in the order of the common clock."""

    events: tuple[Event, ...] = field(default=())

    def __iter__(self) -> Iterator[Event]:
        return iter(self.events)

    def __len__(self) -> int:
        return len(self.events)

    def of(self, op: str, kind: Kind | None = None) -> tuple[Event, ...]:
        """Events of one operation, all kinds or one."""
        return self._where(lambda e: e.op == op and (kind is None or e.kind is kind))

    def ok(self, op: str) -> dict[Any, JSON]:
        """key -> value of each successful `op` (keys must be hashable; the last one wins)."""
        return {e.key: e.value for e in self.of(op, Kind.OK)}

    def failures(self, op: str) -> dict[Any, JSON]:
        """key -> exception description of each `op` that raised."""
        return {e.key: e.value for e in self.of(op, Kind.FAIL)}

    def facts(self, op: str) -> list[JSON]:
        """The values of the info events named `op`, in order."""
        return [e.value for e in self.of(op, Kind.INFO)]

    def fact(self, op: str) -> JSON:
        """The value of the last info event named `op`; None when there is none."""
        found = self.facts(op)
        return found[-1] if found else None

    def _where(self, keep: Callable[[Event], bool]) -> tuple[Event, ...]:
        return tuple(e for e in self.events if keep(e))
