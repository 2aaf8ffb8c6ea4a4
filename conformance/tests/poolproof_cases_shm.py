"""What the rules of SHM say of histories written by hand."""

from __future__ import annotations

from typing import Any

from poolproof.history import Event
from poolproof.verdict import Verdict
from poolproof_literal_histories import fact, fail, ok

PASS, FAIL, UNKNOWN = Verdict.PASS, Verdict.FAIL, Verdict.UNKNOWN
PLANS: dict[str, dict[str, Any]] = {
    "SHM-01": {"first": "pool"},
    "SHM-02": {"first": "pool"},
    "SHM-03": {"worker": "lives"},
    "SHM-04": {"workers": 1, "kind": "Array", "values": [5, 6]},
    "SHM-05": {"values": [1, 2], "add": 3},
    "SHM-06": {"elements": 1, "ways": "both"},
}
STORED = (ok("store", [5, 0, -1], 0), ok("store", [5, 6, -1], 1))
ADDED = (
    *(ok("add", [4, 5], 0), fact("caller sees", [4, 5], 0)),
    *(ok("add", [10, 11], 1), fact("caller sees", [10, 11], 1)),
)

CASES: list[tuple[str, Verdict, str, tuple[Event, ...]]] = [
    ("SHM-01", PASS, "", (ok("look", 7), ok("look again", 7))),
    ("SHM-01", UNKNOWN, "did not come to its end", (ok("look", 7),)),
    ("SHM-01", FAIL, "in the worker raised", (fail("look"), ok("look again", 7))),
    ("SHM-01", FAIL, "closed it and ended, raised", (ok("look", 7), fail("look again"))),
    ("SHM-01", FAIL, "holds 0 in its owner", (ok("look", 7), ok("look again", 0))),
    ("SHM-02", PASS, "", (ok("look again", 7),)),
    ("SHM-02", FAIL, "was killed while attached to it, raised", (fail("look again"),)),
    ("SHM-03", PASS, "", (ok("take over", 7), fact("printed", ""))),
    ("SHM-03", UNKNOWN, "not seen to end", (ok("take over", 7),)),
    ("SHM-03", FAIL, "taking over a block", (fail("take over"), fact("printed", ""))),
    ("SHM-03", FAIL, "holds 0, expected 7", (ok("take over", 0), fact("printed", ""))),
    ("SHM-03", FAIL, "then this was printed: 1 leaked", (fact("printed", "1 leaked"),)),
    ("SHM-04", PASS, "", (*STORED, fact("array", [5, 6, -1]), fact("counter", 2))),
    ("SHM-04", UNKNOWN, "not looked at", STORED),
    ("SHM-04", FAIL, "sees [0, 6, -1]", (STORED[0], ok("store", [0, 6, -1], 1))),
    ("SHM-04", FAIL, "raised", (STORED[0], fail("store", 1))),
    ("SHM-04", FAIL, "the caller sees [5, 6, 0]", (*STORED, fact("array", [5, 6, 0]))),
    ("SHM-04", FAIL, "added 1 to is 1", (*STORED, fact("counter", 1))),
    ("SHM-05", PASS, "", ADDED),
    ("SHM-05", UNKNOWN, "not all results", ADDED[:2]),
    ("SHM-05", FAIL, "a worker sees [7, 8]", (*ADDED[:2], ok("add", [7, 8], 1))),
    ("SHM-05", FAIL, "not seen by the caller: [1, 2]", (fact("caller sees", [1, 2], 0),)),
    ("SHM-05", FAIL, "raised", (fail("add", 0),)),
    ("SHM-06", PASS, "", (fact("more", 3),)),
    ("SHM-06", PASS, "", (fact("more", 40), fact("more", 20), fact("more", 3))),
    ("SHM-06", UNKNOWN, "2 of 3 rounds", (fact("more", 40), fact("more", 40))),
    ("SHM-06", FAIL, "40, then 40, then 41 more", (*(fact("more", 40),) * 2, fact("more", 41))),
]
