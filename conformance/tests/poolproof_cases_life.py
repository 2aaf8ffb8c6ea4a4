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
    "LIFE-08": {"workers": 2, "unread": 0, "code": 3},
    "LIFE-09": {"tasks": 0, "calls": ["close", "terminate"]},
    "LIFE-11": {"before": 0, "after": 1},
    "LIFE-12": {"workers": 1, "more": 1, "oldest_first": False},
    "LIFE-13": {"workers": 6, "more": 2, "oldest_first": False},
    "LIFE-15": {"workers": 1, "rounds": 3},
    "LIFE-16": {"workers": 1, "kind": "imap", "iterators": 1, "items": 3, "taken": 1},
    "LIFE-17": {"tasks": 12, "asks": "map", "returns": True},
    "LIFE-18": {"ends": "sys.exit", "later": 3},
    "LIFE-19": {"workers": 1, "tasks": 2, "asks": "map", "end": "close"},
    "LIFE-20": {
        "threads": 2,
        "pools": 1,
        "in_turns": False,
        "tasks": 2,
        "asks": "map",
        "end": "close",
    },
    "LIFE-21": {"workers": 1, "tasks": 2, "limit": None, "given": 7},
    "LIFE-23": {"inner": 1, "tasks": 2},
    "LIFE-24": {"tasks": 2, "end": "close"},
    "LIFE-25": {"workers": 1, "tasks": 2, "limit": 1, "given": 7},
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


def stay(key: int, start_ns: int, end_ns: int) -> tuple[Event, Event]:
    """A task that was at the gate for so long."""
    return (
        Event(start_ns, 1, Kind.INVOKE, "visit", key),
        Event(end_ns, 1, Kind.OK, "visit", key),
    )


def lives(thread: int) -> tuple[Event, ...]:
    """One pool of one thread, from its use to its end."""
    return (ok("use", [0, 1], (thread, 0)), ok("close", None, (thread, 0)))


BOTH = (ok("get", 0, 0), ok("get", 1, 1))
WORKED = (ok("task", "w", 0), ok("task", "w", 1))
REFUSED = raised("join", "builtins.ValueError")
NESTED = ok("nested", {"list": [0, 1]})
AFTER_NESTED = (ok("get", 1), ok("close", None))
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
    ("LIFE-08", PASS, "", (fact("exit code", 3), fact("alive", []))),
    ("LIFE-08", UNKNOWN, "not seen to end", (fact("exit code", 3),)),
    ("LIFE-08", FAIL, "exit code 0; expected", (fact("exit code", 0), fact("alive", []))),
    ("LIFE-08", FAIL, "2 process(es) of a program", (fact("alive", [7, 8]),)),
    ("LIFE-09", PASS, "", (ok("close", None, 0), ok("terminate", None, 1))),
    ("LIFE-09", UNKNOWN, "not all calls", (ok("close", None, 0),)),
    ("LIFE-09", FAIL, "terminate() after close()", (ok("close", None, 0), fail("terminate", 1))),
    ("LIFE-11", PASS, "", (REFUSED, ok("get", 0, 0))),
    ("LIFE-11", FAIL, "returned; expected", (ok("join", None), ok("get", 0, 0))),
    ("LIFE-11", FAIL, "expected ValueError", (raised("join", "builtins.TypeError"),)),
    ("LIFE-11", FAIL, "task 0 raised", (REFUSED, fail("get", 0))),
    ("LIFE-11", FAIL, "task 0 returned 1", (REFUSED, ok("get", 1, 0))),
    ("LIFE-12", PASS, "", (*stay(0, 1, 3), *stay(1, 3, 4), *BOTH)),
    ("LIFE-12", UNKNOWN, "not all results", (*stay(0, 1, 3), *BOTH[:1])),
    ("LIFE-12", FAIL, "2 tasks ran at the same time", (*stay(0, 1, 3), *stay(1, 2, 4), *BOTH)),
    ("LIFE-12", FAIL, "task 1 of a pool of 1 raised", (BOTH[0], fail("get", 1))),
    ("LIFE-12", FAIL, "task 1 of a pool of 1 returned 0", (BOTH[0], ok("get", 0, 1))),
    ("LIFE-13", PASS, "", tuple(ok("get", key, key) for key in range(8))),
    ("LIFE-13", FAIL, "7 tasks ran", tuple(e for key in range(7) for e in stay(key, 1, 9))),
    ("LIFE-15", PASS, "", (fact("children", 2), *BOTH)),
    ("LIFE-15", UNKNOWN, "not all results", (fact("children", 2),)),
    ("LIFE-15", FAIL, "has 3 processes", (fact("children", 3), *BOTH)),
    ("LIFE-15", FAIL, "task 0 raised", (fact("children", 2), fail("get", 0))),
    ("LIFE-16", PASS, "", (ok("get", 1), ok("close", None))),
    ("LIFE-16", UNKNOWN, "was not closed", (ok("get", 1),)),
    ("LIFE-16", FAIL, "get raised", (fail("get"), ok("close", None))),
    ("LIFE-16", FAIL, "expected 1", (ok("get", 2), ok("close", None))),
    ("LIFE-16", FAIL, "close raised", (ok("get", 1), fail("close"))),
    ("LIFE-17", PASS, "", (kept(2),)),
    ("LIFE-17", UNKNOWN, "map of 12 task(s) raised", (fail("exchange", None),)),
    ("LIFE-17", FAIL, "24 arguments and results of 12 map task(s)", (kept(24),)),
    ("LIFE-18", PASS, "", (*BOTH, ok("close", None))),
    ("LIFE-18", UNKNOWN, "not seen to close", BOTH),
    ("LIFE-18", FAIL, "task 0, that ran meanwhile, raised", (fail("get", 0),)),
    ("LIFE-18", FAIL, "task 1, submitted later, returned 5", (BOTH[0], ok("get", 5, 1))),
    ("LIFE-18", FAIL, "close() raised", (*BOTH, fail("close"))),
    ("LIFE-19", PASS, "", (ok("use", [0, 1]), ok("close", None))),
    ("LIFE-19", UNKNOWN, "was not ended", (ok("use", [0, 1]),)),
    ("LIFE-19", FAIL, "use of a pool in another thread", (fail("use"), ok("close", None))),
    ("LIFE-19", FAIL, "returned [1, 0]", (ok("use", [1, 0]), ok("close", None))),
    ("LIFE-20", PASS, "", (*lives(0), *lives(1))),
    ("LIFE-20", UNKNOWN, "not all pools", lives(1)),
    ("LIFE-20", FAIL, "close (1, 0) of a pool", (*lives(0), fail("close", (1, 0)))),
    ("LIFE-20", FAIL, "returned []", (*lives(0), *lives(1), ok("use", [], (1, 0, 0)))),
    ("LIFE-21", PASS, "", (fact("initializer", 7, "w"), *WORKED, *BOTH)),
    ("LIFE-21", UNKNOWN, "not all results", (fact("initializer", 7, "w"), *WORKED)),
    ("LIFE-21", FAIL, "before, or without", (*WORKED, fact("initializer", 7, "w"), *BOTH)),
    ("LIFE-21", FAIL, "ran 2 times", (*[fact("initializer", 7, "w")] * 2, *WORKED, *BOTH)),
    ("LIFE-21", FAIL, "initargs hold 7", (fact("initializer", 8, "w"), *WORKED, *BOTH)),
    ("LIFE-21", FAIL, "task 1 raised", (BOTH[0], fail("get", 1))),
    ("LIFE-25", PASS, "", (fact("initializer", 7, "w"), *WORKED, *BOTH)),
    ("LIFE-25", FAIL, "before, or without", (*WORKED, *BOTH)),
    ("LIFE-23", PASS, "", (NESTED, *AFTER_NESTED)),
    ("LIFE-23", PASS, "", (raised("nested", "builtins.AssertionError"), *AFTER_NESTED)),
    ("LIFE-23", UNKNOWN, "was not closed", (NESTED,)),
    ("LIFE-23", FAIL, "returned None", (ok("nested", None), *AFTER_NESTED)),
    ("LIFE-23", FAIL, "not an Exception", (raised("nested", "builtins.SystemExit"),)),
    ("LIFE-23", FAIL, "close raised", (NESTED, ok("get", 1), fail("close"))),
    ("LIFE-24", PASS, "", (fact("left", [["psm_1"], [], ["psm_2"]]),)),
    ("LIFE-24", FAIL, "each of 2 pools", (fact("left", [["psm_1"], ["psm_2"]]),)),
]
