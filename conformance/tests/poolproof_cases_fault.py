"""What the rules of FAULT say of histories written by hand."""

from __future__ import annotations

from typing import Any

from poolproof.history import Event, Kind
from poolproof.verdict import Verdict
from poolproof_literal_histories import fact, ok

PASS, FAIL, UNKNOWN = Verdict.PASS, Verdict.FAIL, Verdict.UNKNOWN
AROUND = {"workers": 1, "before": 1, "after": 1}  # task 1 goes wrong
PLANS: dict[str, dict[str, Any]] = {
    "FAULT-01": AROUND,
    "FAULT-02": {**AROUND, "raises": "SystemExit(3)"},
    "FAULT-03": {**AROUND, "raises": "two arguments"},
    "FAULT-04": {**AROUND, "what": "result", "raises": "ValueError"},
    "FAULT-05": {**AROUND, "code": 0},
    "FAULT-06": {"workers": 1, "storm": ["EOFError"], "later": 1},
    "FAULT-07": {"workers": 1, "how": "raise", "tasks": 1},
    "FAULT-08": {"workers": 1, "later": 2},
    "FAULT-09": {**AROUND, "raises": "SystemExit(3)"},
    "FAULT-10": {**AROUND, "raises": "two arguments"},
    "FAULT-11": {"workers": 1, "killed": "all", "later": 3},
    "FAULT-12": {**AROUND, "size": 1000, "moment": "pickled"},
    "FAULT-13": {**AROUND, "size": 0},
    "FAULT-15": {**AROUND, "crash": "sigsegv"},
    "FAULT-16": {**AROUND, "raises": "EOFError"},
    "FAULT-17": {**AROUND, "raises": "EOFError"},
    "FAULT-18": {**AROUND, "raises": "EOFError"},
    "FAULT-19": {**AROUND, "raises": "EOFError"},
    "FAULT-20": {**AROUND, "what": "result", "raises": "SystemExit()"},
    "FAULT-21": {**AROUND, "what": "argument", "raises": "nested too deep"},
    "FAULT-24": {"workers": 2, "others": 1},
    "FAULT-25": {"workers": 2, "others": 3},
    "FAULT-26": {"workers": 2},
    "FAULT-27": {"workers": 2, "busy": True},
    "FAULT-28": {"workers": 2, "free": 3, "used_before": False},
    "FAULT-29": {"workers": 1, "habits": ["sys.stdout None"], "later": 1},
    "FAULT-30": AROUND,
    "FAULT-31": {"workers": 1, "killed": 3},
    "FAULT-34": AROUND,
    "FAULT-37": {"jobs": [{"task": "raises", "callback_raises": True}]},
    "FAULT-36": {"workers": 1, "waiting": 1},
    "FAULT-33": {**AROUND, "carries": "a lock"},
}


def raised(op: str, key: int, name: str = "builtins.ValueError") -> Event:
    """An exception with its bases."""
    bases = [name] if name == "builtins.SystemExit" else [name, "builtins.Exception"]
    return Event(0, 1, Kind.FAIL, op, key, {"type": name, "bases": bases, "text": "oh"})


def ran(key: int) -> Event:
    """A task has begun."""
    return Event(0, 1, Kind.INVOKE, "task", key)


SETTLED = fact("settled", 3)
RIGHT = (ok("get", 0, 0), raised("get", 1), ok("get", 2, 2), SETTLED)
LIE = (ok("get", 0, 0), ok("get", None, 1), ok("get", 2, 2), SETTLED)
HURT = (ok("get", 0, 0), raised("get", 1), raised("get", 2), SETTLED)
MIXED_UP = (ok("get", 2, 0), raised("get", 1), ok("get", 0, 2), SETTLED)
CALLED_BACK = (
    raised("get", 0),
    ok("get", 1, 1),
    ok("callback", True, 0),
    ok("callback", True, 1),
)
STARTS = tuple(fact("initializer", "raise") for _ in range(10))

# Neighbours may fail, too.
LENIENT = tuple(f"FAULT-{number}" for number in (12, 13, 15, 16, 18, 20, 21, 33, 34))
PAUSED = ("FAULT-24", "FAULT-25")
OWNED = ("FAULT-26", "FAULT-27")
ENDED, ALIVE = fact("worker", True, 0), fact("worker", False, 1)
PAIR = {"list": [0, 1]}
STRICT = ("FAULT-17", "FAULT-19")

CASES: list[tuple[str, Verdict, str, tuple[Event, ...]]] = [
    *((f"FAULT-0{n}", PASS, "", RIGHT) for n in (1, 2, 3, 4, 5, 9)),
    *((f"FAULT-0{n}", UNKNOWN, "waited for", RIGHT[:-1]) for n in (1, 2, 3, 4, 5, 9)),
    *((f"FAULT-0{n}", FAIL, "is the value None", LIE) for n in (1, 2, 3, 4, 5)),
    *((f"FAULT-0{n}", FAIL, "task 0 returned 2, expected 0", MIXED_UP) for n in (1, 2, 3, 4, 5)),
    *((f"FAULT-0{n}", PASS, "", HURT) for n in (1, 2, 3, 5)),
    ("FAULT-01", PASS, "", (ok("task", None, 1), *LIE)),  # it ran again elsewhere
    ("FAULT-04", FAIL, "task 2 is not at fault (task 1 is)", HURT),
    ("FAULT-04", PASS, "", (ok("get", 0, 0), raised("submit", 1), ok("get", 2, 2), SETTLED)),
    ("FAULT-06", PASS, "", (raised("get", 0), ok("later", 1, 1))),
    ("FAULT-06", UNKNOWN, "only 0 of 1", (raised("get", 0),)),
    ("FAULT-06", FAIL, "is the value 7", (ok("get", 7, 0), ok("later", 1, 1))),
    ("FAULT-06", FAIL, "task 1 raised", (raised("get", 0), raised("later", 1))),
    ("FAULT-07", PASS, "", (STARTS[0], raised("get", 0), fact("settled", 1))),
    ("FAULT-07", PASS, "", (STARTS[0], raised("open", 0))),
    ("FAULT-07", FAIL, "returned 0 though", (STARTS[0], ok("get", 0, 0), fact("settled", 1))),
    ("FAULT-07", FAIL, "started 10 of them", (*STARTS, raised("get", 0), fact("settled", 1))),
    ("FAULT-08", PASS, "", (ok("get", 0, 0), ok("get", 1, 1), fact("finished", True))),
    ("FAULT-08", PASS, "", (raised("get", 0), raised("submit", 1), fact("finished", False))),
    ("FAULT-08", FAIL, "still raised", (ok("get", 0, 0), raised("get", 1), fact("finished", True))),
    ("FAULT-08", FAIL, "returned 1, expected 0", (ok("get", 1, 0), fact("finished", False))),
    (
        "FAULT-09",
        FAIL,
        "raises builtins.SystemExit in the caller",
        (raised("get", 1, "builtins.SystemExit"), SETTLED),
    ),
    ("FAULT-10", PASS, "", RIGHT),
    ("FAULT-10", FAIL, "is not at fault", HURT),
    *((rule, PASS, "", history) for rule in LENIENT for history in (RIGHT, HURT)),
    *((rule, FAIL, "task 0 returned 2, expected 0", MIXED_UP) for rule in LENIENT + STRICT),
    *((rule, UNKNOWN, "waited for", RIGHT[:-1]) for rule in LENIENT + STRICT),
    *((rule, FAIL, "the value None", LIE) for rule in LENIENT[1:]),
    *((rule, PASS, "", RIGHT) for rule in STRICT),
    *((rule, FAIL, "task 2 is not at fault", HURT) for rule in STRICT),
    ("FAULT-11", PASS, "", (ok("get", 0, 0), raised("get", 1), raised("submit", 2), SETTLED)),
    ("FAULT-11", FAIL, "task 2 submitted afterwards returned 1", (ok("get", 1, 2), SETTLED)),
    ("FAULT-11", UNKNOWN, "waited for", (ok("get", 1, 2),)),
    ("FAULT-12", PASS, "", (ok("get", 0, 0), ok("get", 1000, 1), ok("get", 2, 2), SETTLED)),
    ("FAULT-12", FAIL, "and 999 arrived", (ok("get", 999, 1), SETTLED)),
    ("FAULT-12", FAIL, "and None arrived", LIE),
    ("FAULT-13", PASS, "", (ok("task", None, 1), *LIE)),  # it ran elsewhere
    *((rule, PASS, "", tuple(ok("get", n, n) for n in range(3))) for rule in PAUSED),
    *((rule, UNKNOWN, "only 1 of 3", (ok("get", 0, 0),)) for rule in PAUSED),
    *((rule, FAIL, "task 1 raised builtins.ValueError", (raised("get", 1),)) for rule in PAUSED),
    *((rule, FAIL, "task 2 returned 1", (ok("get", 1, 2),)) for rule in PAUSED),
    *((rule, PASS, "", (fact("owner", True), ENDED, ENDED)) for rule in OWNED),
    *((rule, UNKNOWN, "1 of 2 workers", (fact("owner", True), ENDED)) for rule in OWNED),
    *((rule, FAIL, "1 of its 2 worker(s)", (fact("owner", True), ENDED, ALIVE)) for rule in OWNED),
    *((rule, FAIL, "it still runs", (fact("owner", False),)) for rule in OWNED),
    ("FAULT-28", PASS, "", (raised("short", 0), ok("enough", PAIR, 0))),
    ("FAULT-28", PASS, "", (ok("short", PAIR, 0), ok("enough", PAIR, 0))),
    ("FAULT-28", UNKNOWN, "did not finish", (raised("short", 0),)),
    ("FAULT-28", FAIL, "with 3 free descriptors the pool returned", (ok("short", [], 0),)),
    ("FAULT-28", FAIL, "a new one raised", (raised("short", 0), raised("enough", 0))),
    ("FAULT-28", FAIL, "a new one returned", (raised("short", 0), ok("enough", None, 0))),
    ("FAULT-29", PASS, "", (ok("get", 0, 0), ok("get", 1, 1), ok("close", None))),
    ("FAULT-29", UNKNOWN, "not closed", (ok("get", 0, 0),)),
    ("FAULT-29", FAIL, "task 1 raised", (ok("get", 0, 0), raised("get", 1))),
    ("FAULT-29", FAIL, "task 1 returned 0", (ok("get", 0, 1),)),
    ("FAULT-29", FAIL, "close() raised", (ok("get", 0, 0), raised("close", 0))),
    ("FAULT-30", PASS, "", (ran(0), ok("get", 0, 0), ran(1), raised("get", 2), fact("asked", 3))),
    ("FAULT-30", PASS, "", (ran(1), ran(1), fact("asked", 3))),  # the victim, elsewhere
    ("FAULT-30", UNKNOWN, "not all results", (ran(0), ok("get", 0, 0))),
    ("FAULT-30", FAIL, "task 0 ran 2 times", (ran(0), ran(0), fact("asked", 3))),
    ("FAULT-30", FAIL, "task 0 has a value and never ran", (ok("get", 0, 0), fact("asked", 3))),
    ("FAULT-30", FAIL, "task 2 returned 0", (ran(2), ok("get", 0, 2), fact("asked", 3))),
    ("FAULT-31", PASS, "", (ok("get", 0, 0), fact("starts", 4))),
    ("FAULT-31", UNKNOWN, "not all results", (ok("get", 0, 0),)),
    ("FAULT-31", FAIL, "has started 7 workers", (ok("get", 0, 0), fact("starts", 7))),
    ("FAULT-31", FAIL, "task 0 raised", (raised("get", 0), fact("starts", 4))),
    ("FAULT-31", FAIL, "task 0 returned 1", (ok("get", 1, 0), fact("starts", 4))),
    ("FAULT-37", PASS, "", CALLED_BACK),
    ("FAULT-37", UNKNOWN, "only 1 of 2 callbacks", CALLED_BACK[:-1]),
    ("FAULT-37", FAIL, "get() of task 0 returned", (ok("get", 0, 0), *CALLED_BACK[1:])),
    ("FAULT-37", FAIL, "its get() raised", (raised("get", 1), *CALLED_BACK[2:])),
    ("FAULT-37", FAIL, "get() of task 1 returned 2", (ok("get", 2, 1),)),
    ("FAULT-36", PASS, "", (ok("terminate", None), fact("asked", 2))),
    ("FAULT-36", UNKNOWN, "was not terminated", ()),
    ("FAULT-36", FAIL, "and terminate() raised", (raised("terminate", 0), fact("asked", 2))),
]
