"""Histories written by hand, for tests of what a rule says of them."""

from __future__ import annotations

from poolproof.history import Event, History, Kind
from poolproof.plan import JSON


def history(*events: Event) -> History:
    """Events in the order in which they are given."""
    return History(tuple(events))


def ok(op: str, value: JSON, key: JSON = None) -> Event:
    """`op` returned `value`."""
    return Event(0, 1, Kind.OK, op, key, value)


def fail(op: str, key: JSON = None, name: str = "builtins.ValueError", *args: JSON) -> Event:
    """`op` raised an exception of this type."""
    return Event(0, 1, Kind.FAIL, op, key, {"type": name, "args": list(args), "text": "oh"})


def fact(op: str, value: JSON, key: JSON = None) -> Event:
    """A fact that the stage noted."""
    return Event(0, 1, Kind.INFO, op, key, value)
