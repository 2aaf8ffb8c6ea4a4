"""What the rules of RACE say of histories written by hand."""

from __future__ import annotations

from typing import Any

from poolproof.history import Event, Kind
from poolproof.verdict import Verdict
from poolproof_literal_histories import fact, fail, ok

PASS, FAIL, UNKNOWN = Verdict.PASS, Verdict.FAIL, Verdict.UNKNOWN
PLANS: dict[str, dict[str, Any]] = {
    "RACE-01": {
        "workers": 1,
        "batches": [{"how": "submit", "tasks": 1}, {"how": "map", "tasks": 2, "chunksize": None}],
    },
    "RACE-02": {"counters": ["Value", "Value"], "processes": 2, "rounds": 3, "pause_us": 0},
    "RACE-03": {"guards": [["Lock", 1], ["RLock", 1]], "processes": 2, "rounds": 1, "pause_us": 0},
    "RACE-04": {
        "queue": ["SimpleQueue", 0],
        "producers": 1,
        "consumers": 1,
        "items": 2,
        "size": 0,
    },
    "RACE-05": {"workers": 1, "threads": 2, "tasks": 1},
}


def holds(guard: int, *spans: tuple[int, int]) -> tuple[Event, ...]:
    """A hold of that guard by each process, from and to."""
    pairs = [
        (Event(a, 1, Kind.INVOKE, "hold", key), Event(b, 1, Kind.OK, "hold", key))
        for key, a, b in (((guard, n, 0), *span) for n, span in enumerate(spans))
    ]
    return tuple(event for pair in pairs for event in pair)


RAN = (ok("task", None, 0), ok("task", None, 1), ok("task", None, 2))
CAME = (ok("get", 0, 0), ok("map", {"list": [1, 2]}, 1))
CLOSED = ok("close", None)
ENDED = fact("exitcodes", [0, 0])
COUNTED = (fact("count", 6, 0), fact("count", 6, 1))
LATER = holds(1, (20, 25), (25, 29))
FIRST, SECOND = ok("get", [0, 0], (0, 0)), ok("get", [0, 1], (0, 1))

CASES: list[tuple[str, Verdict, str, tuple[Event, ...]]] = [
    ("RACE-01", PASS, "", (*RAN, *CAME, CLOSED)),
    ("RACE-01", UNKNOWN, "not closed", (*RAN, *CAME)),
    ("RACE-01", FAIL, "1 task(s) never ran: 2", (*RAN[:2], *CAME, CLOSED)),
    ("RACE-01", FAIL, "ran more than once: 1", (*RAN, RAN[1], *CAME, CLOSED)),
    ("RACE-01", FAIL, "never came back", (*RAN, CAME[0], CLOSED)),
    ("RACE-01", FAIL, "returned 2, expected 0", (*RAN, ok("get", 2, 0), CAME[1], CLOSED)),
    ("RACE-01", FAIL, "raised builtins.ValueError", (*RAN, fail("get", 0), CAME[1], CLOSED)),
    ("RACE-02", PASS, "", (ENDED, *COUNTED)),
    ("RACE-02", UNKNOWN, "not all counters were read", (ENDED, COUNTED[0])),
    ("RACE-02", FAIL, "(Value) is 5, expected 6", (ENDED, COUNTED[0], fact("count", 5, 1))),
    ("RACE-02", FAIL, "exit code 1", (fact("exitcodes", [0, 1]), *COUNTED)),
    ("RACE-03", PASS, "", (*holds(0, (0, 5), (5, 9)), *LATER, ENDED)),
    ("RACE-03", PASS, "", (*holds(0, (0, 5), (5, 22)), *LATER, ENDED)),
    ("RACE-03", FAIL, "process 0 and process 1 held", (*holds(0, (0, 6), (5, 9)), *LATER, ENDED)),
    ("RACE-03", FAIL, "held one RLock", holds(1, (0, 6), (5, 9))),
    ("RACE-03", FAIL, "never happened", (*holds(0, (0, 6)), *LATER, ENDED)),
    ("RACE-04", PASS, "", (FIRST, SECOND, ENDED)),
    ("RACE-04", FAIL, "before its item 0", (SECOND, ok("get", [0, 0], (0, 2)), ENDED)),
    ("RACE-04", FAIL, "never came out", (FIRST, ENDED)),
    ("RACE-04", FAIL, "more than once", (FIRST, SECOND, ok("get", [0, 1], (0, 2)), ENDED)),
    (
        "RACE-05",
        PASS,
        "",
        (ok("get", "0/0", (0, 0)), ok("get", "1/0", (1, 0)), fact("submitters", 2)),
    ),
    (
        "RACE-05",
        FAIL,
        "got '1/0', expected '0/0'",
        (ok("get", "1/0", (0, 0)), fact("submitters", 2)),
    ),
    ("RACE-05", FAIL, "raised", (fail("get", (0, 0)), fact("submitters", 2))),
]
