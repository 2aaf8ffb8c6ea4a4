"""What the rules of LIFE say of histories written by hand."""

from __future__ import annotations

from typing import Any

from poolproof.history import Event, Kind
from poolproof.verdict import Verdict
from poolproof_literal_histories import fact, fail, ok

PASS, FAIL, UNKNOWN = Verdict.PASS, Verdict.FAIL, Verdict.UNKNOWN
PLANS: dict[str, dict[str, Any]] = {
    "LIFE-01": {"workers": 1, "tasks": 1, "cycles": 2, "end": "close"},
    "LIFE-02": {"workers": 1, "tasks": 2},
    "LIFE-03": {"workers": 1, "used": 0, "ended": "close", "asks": "submit"},
    "LIFE-04": {"workers": 1, "queued": 1, "waiting": False},
    "LIFE-05": {"workers": 1, "limit": 1, "tasks": 2},
    "LIFE-06": {"workers": 1, "read": 1, "unread": 0, "error": True},
    "LIFE-07": {"workers": 1, "read": 1, "unread": 0, "in_a_cycle": False},
    "LIFE-16": {"workers": 1, "kind": "imap", "iterators": 1, "items": 3, "taken": 1},
    "LIFE-17": {"tasks": 12, "asks": "map", "returns": True},
}


def left(**more: Any) -> Event:
    """What LIFE-01 counts, nothing unless told."""
    return fact("left", {"processes": [], "threads": [], "handles": 0, "segments": [], **more})


def kept(count: int) -> Event:
    """What LIFE-17 counts."""
    return fact("kept", {"of": 12, "arguments or results": count})


def raised(op: str, name: str) -> Event:
    """An exception with its bases."""
    bases = [name] if name == "builtins.SystemExit" else [name, "builtins.Exception"]
    return Event(0, 1, Kind.FAIL, op, None, {"type": name, "bases": bases, "text": "oh"})


BOTH = (ok("get", 0, 0), ok("get", 1, 1))
LEFT_WITH = raised("with", "builtins.LookupError")

CASES: list[tuple[str, Verdict, str, tuple[Event, ...]]] = [
    ("LIFE-01", PASS, "", (left(),)),
    ("LIFE-01", PASS, "", (left(handles=1, threads=["late"]),)),
    ("LIFE-01", FAIL, "1 process(es) are left alive", (left(processes=[7]),)),
    ("LIFE-01", FAIL, "2 more threads", (left(threads=["a", "b"]),)),
    ("LIFE-01", FAIL, "2 more segments", (left(segments=["a", "b"]),)),
    ("LIFE-01", FAIL, "2 more descriptors", (left(handles=2),)),
    ("LIFE-02", PASS, "", BOTH),
    ("LIFE-02", UNKNOWN, "not all results", BOTH[:1]),
    ("LIFE-02", FAIL, "task 1 was accepted before close() and raised", (BOTH[0], fail("get", 1))),
    ("LIFE-02", FAIL, "returned None", (BOTH[0], ok("get", None, 1))),
    ("LIFE-03", PASS, "", (raised("late", "builtins.ValueError"),)),
    ("LIFE-03", FAIL, "was accepted", (ok("late", None),)),
    ("LIFE-03", FAIL, "not an Exception", (raised("late", "builtins.SystemExit"),)),
    ("LIFE-04", PASS, "", (fail("get", 0), fail("get", 1))),
    ("LIFE-04", PASS, "", (ok("task", "w", 0), ok("get", 0, 0), fail("get", 1))),
    ("LIFE-04", FAIL, "task 0 never ran", (ok("get", 0, 0), fail("get", 1))),
    ("LIFE-05", PASS, "", (*BOTH, ok("task", "v", 0), ok("task", "w", 1))),
    ("LIFE-05", FAIL, "ran 2 tasks", (*BOTH, ok("task", "w", 0), ok("task", "w", 1))),
    ("LIFE-05", FAIL, "task 1 raised", (BOTH[0], fail("get", 1))),
    ("LIFE-06", PASS, "", (LEFT_WITH, fact("alive", []))),
    ("LIFE-06", FAIL, "left with None", (ok("with", None), fact("alive", []))),
    ("LIFE-06", FAIL, "1 worker(s) are alive", (LEFT_WITH, fact("alive", [7]))),
    ("LIFE-07", PASS, "", (fact("alive", []),)),
    ("LIFE-07", FAIL, "1 worker(s) are alive", (fact("alive", [7]),)),
    ("LIFE-16", PASS, "", (ok("get", 1), ok("close", None))),
    ("LIFE-16", UNKNOWN, "was not closed", (ok("get", 1),)),
    ("LIFE-16", FAIL, "get raised", (fail("get"), ok("close", None))),
    ("LIFE-16", FAIL, "expected 1", (ok("get", 2), ok("close", None))),
    ("LIFE-16", FAIL, "close raised", (ok("get", 1), fail("close"))),
    ("LIFE-17", PASS, "", (kept(2),)),
    ("LIFE-17", FAIL, "24 arguments and results of 12 map task(s)", (kept(24),)),
]
