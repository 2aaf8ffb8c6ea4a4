"""What the rules of result equality say of histories written by hand."""

from __future__ import annotations

import zlib
from typing import Any

from poolproof import tasks_res
from poolproof.history import Event, Kind
from poolproof.rules.res import methods
from poolproof.values import describe, describe_error
from poolproof.verdict import Verdict
from poolproof_literal_histories import fact, fail, ok

PASS, FAIL, UNKNOWN = Verdict.PASS, Verdict.FAIL, Verdict.UNKNOWN
SQUARES = [describe([n, n * n]) for n in range(3)]
ERROR = {"type": "KeyError", "args": ["a", 1]}
MADE = describe_error(tasks_res.make_error(ERROR))
BROKE = "poolproof.rules.res.inputs.InputBroke"
HALF = ["call", "divide", ["decimal", "1"], 2]
STOPS = ["tuple", 1, ["raise", "KeyError", 5]]
LIFE = [["fail", 4], ["imap", 1], ["next"], ["next"], ["read", 0], ["close"], ["submit", 5]]
PLANS: dict[str, dict[str, Any]] = {
    "RES-01": {"jobs": [{"task": "counted", "value": {"list": []}}]},
    "RES-02": {"n": 3, "feed": "list", "chunksize": 2, "workers": 2},
    "RES-03": {"rows": [[], [1, 2]]},
    "RES-04": {"n": 3, "feed": "list"},
    "RES-05": {"n": 3, "feed": "list"},
    "RES-06": {"jobs": [5, ERROR]},
    "RES-07": {"errors": [ERROR]},
    "RES-08": {"errors": [ERROR]},
    "RES-09": {"errors": [ERROR]},
    "RES-10": {"op": "map", "before": 2, "chunksize": None},
    "RES-11": {"n": 4, "stops": [2], "chunksize": 1},
    "RES-12": {"op": "imap", "before": 2, "chunksize": None},
    "RES-13": {"values": [1], "timeouts": [0, 0.001]},
    "RES-14": {"jobs": [{"arguments": [1], "keywords": [["fn", 2], ["x", 3]]}]},
    "RES-15": {"jobs": [{"as": "partial", "program": HALF}, {"as": "object", "program": STOPS}]},
    "RES-16": {"asks": [{"op": "map", "n": 1}, {"op": "submit", "n": 2}], "order": [1]},
    "RES-33": {"asks": [{"op": "imap", "n": 1}, {"op": "imap_unordered", "n": 2}], "order": [1]},
    "RES-18": {"chains": [[0, 3]]},
    "RES-19": {"op": "imap", "n": 128},
    "RES-20": {"feed": "text", "n": 2, "chunksize": None},
    "RES-34": {"feed": "text", "n": 2, "chunksize": None},
    "RES-21": {"library": "random", "jobs": [{"draws": 9}, {"seed": 1, "draws": 2}]},
    "RES-22": {"pools": [1, 1]},
    "RES-23": {"pools": [2]},
    "RES-24": {"faults": [{"way": "a cause", "error": ERROR}]},
    "RES-26": {"n": 3, "bad": [1, 2], "chunksize": None},
    "RES-35": {"n": 3, "bad": [1], "chunksize": None, "feed": "list"},
    "RES-36": {"n": 0, "bad": [], "chunksize": None, "feed": "list"},
    "RES-37": {"n": 2, "chunksize": 0},
    "RES-32": {"n": 2, "bad": [0], "chunksize": None},
    "RES-17": {"workers": 1, "steps": LIFE},
    "RES-31": {"workers": 1, "steps": [["submit", 4], ["kill"], ["read", 0]]},
    "RES-29": {"other": 0, "programs": [1]},
    "RES-28": {"programs": [HALF, STOPS], "chunksizes": [2]},
    "RES-25": {"values": [5], "asks": 1},
}
COUNTED = {"tuple": [1, {"list": []}]}
GOOD_CALLBACKS = (fact("callback", ["value", 5], 0), fact("callback", ["error", MADE], 1))
USABLE = ok("apply afterwards", 7)
READ = (ok("get", 5, 0),)
GAVE_UP = tuple(fail("early get", (0, attempt), "builtins.TimeoutError") for attempt in (0, 1))
HALVED = {"Decimal": "Decimal('0.5')"}
STOPPED = fail("apply", 1, "builtins.KeyError", 5)
OUTCOMES = [["value", HALVED], ["error", {"type": "builtins.KeyError", "args": [5]}]]
MAPPED = tuple(ok("map", OUTCOMES, (w, size)) for w in (1, 2, 3) for size in (None, 2))


def read(number: int, place: int, what: Any) -> Event:
    return ok(
        "read", describe([number, *what]) if isinstance(what, list) else what, (number, place)
    )


FIRST = (read(0, 0, [0, 0]), read(0, 1, "the end"))
SECOND = (read(1, 0, [1, 1]), read(1, 1, [0, 0]), read(1, 2, "the end"))
LINKED = tuple(
    event
    for link, payload in enumerate((b"\0\0", b"\0\1xxx"))
    for event in (
        ok("submit", None, (0, link)),
        ok("get", [len(payload), zlib.crc32(payload)], (0, link)),
    )
)
LAZY = tuple(event for n in range(128) for event in (fact("given", n), ok("task", None, n)))
LETTERS = [{"list": [1, "a"]}, {"list": [1, "b"]}]
ITERATED = tuple(ok(op, LETTERS) for op in ("map", "starmap", "imap"))
UNORDERED = ok("imap_unordered", LETTERS[::-1])
AFTER_SEED_1 = [577090037, 2444712010]
RAN = tuple(Event(0, 1, Kind.INVOKE, "task", n) for n in range(3))
AFTERWARDS = (ok("afterwards", 0, 0), ok("afterwards", 1, 1))
MAP_FAILED = fail("map_async", None, "builtins.ValueError", 1)
CALLED = fact("called", ["error", {"type": "builtins.ValueError", "args": [1]}])
LAST_CALL = ok("last callback", True)
EMPTY = (ok("map_async", {"list": []}), fact("called", ["value", {"list": []}]), LAST_CALL)
BAD_ITEM = fail("map", None, "builtins.ValueError", 2)
FIRST_BAD = fail("next", 0, "builtins.ValueError", 0)
NO_MORE = ok("next", "the end", 2)
LIVED = (
    ok("fail", None, 0),
    ok("imap", None, 1),
    ok("next", 0, 2),
    ok("next", "the end", 3),
    fail("read", 4, "builtins.ValueError", 4),
    ok("close", None, 5),
    fail("submit", 6),
)
WOUNDED = (ok("submit", None, 0), ok("kill", None, 1))
METHODS = (fact("start method", "fork"), fact("start method", "spawn"))
ODD = tuple(fail("odd", (side, name)) for side in (0, 1) for name in methods.ODD)
COMPARED = (*METHODS, ok("program", 1, (0, 0)), ok("program", 1, (1, 0)), *ODD)
UNLIKE = ok("odd", "lock", (1, "a lock as a result"))


def called_with(**keywords: int) -> dict[str, Any]:
    return {"list": [{"list": [1]}, {"dict": [list(item) for item in keywords.items()]}]}


CASES: list[tuple[str, Verdict, str, tuple[Event, ...]]] = [
    ("RES-01", PASS, "", (ok("apply", COUNTED, 0),)),
    ("RES-01", FAIL, "came", (ok("apply", {"list": COUNTED["tuple"]}, 0),)),
    ("RES-01", FAIL, "came", (ok("apply", {"tuple": [{"list": []}, {"list": []}]}, 0),)),
    ("RES-01", FAIL, "raised builtins.ValueError", (fail("apply", 0),)),
    ("RES-02", PASS, "", (ok("map", SQUARES),)),
    ("RES-02", FAIL, "returned 2 results", (ok("map", SQUARES[:2]),)),
    ("RES-02", FAIL, "result 0 is", (ok("map", SQUARES[::-1]),)),
    ("RES-02", FAIL, "raised", (fail("map"),)),
    ("RES-03", PASS, "", (ok("starmap", [{"list": [0]}, {"list": [2, 1, 2]}]),)),
    ("RES-03", FAIL, "result 1 is", (ok("starmap", [{"list": [0]}, {"list": [1, [1, 2]]}]),)),
    ("RES-04", PASS, "", (ok("imap", SQUARES),)),
    ("RES-04", FAIL, "returned 4 results", (ok("imap", [*SQUARES, SQUARES[0]]),)),
    ("RES-05", PASS, "", (ok("imap_unordered", SQUARES[::-1]),)),
    ("RES-05", FAIL, "1 results are missing", (ok("imap_unordered", SQUARES[:2]),)),
    ("RES-05", FAIL, "1 came too often", (ok("imap_unordered", [*SQUARES, SQUARES[0]]),)),
    ("RES-06", PASS, "", GOOD_CALLBACKS),
    ("RES-06", UNKNOWN, "did not finish", GOOD_CALLBACKS[:1]),
    ("RES-06", FAIL, "called 2 times", (*GOOD_CALLBACKS, GOOD_CALLBACKS[0])),
    ("RES-06", FAIL, "got 6", (fact("callback", ["value", 6], 0), GOOD_CALLBACKS[1])),
    ("RES-06", FAIL, "callback for an error", (fact("callback", ["error", MADE], 0),)),
    ("RES-07", PASS, "", (fail("apply", 0, "builtins.KeyError", "a", 1),)),
    ("RES-07", FAIL, "its task raised", (fail("apply", 0, "builtins.KeyError", "a"),)),
    ("RES-07", FAIL, "its task raised", (fail("apply", 0, "builtins.RuntimeError", "a", 1),)),
    ("RES-07", FAIL, "returned null", (ok("apply", None, 0),)),
    ("RES-08", PASS, "", (fact("tells", True, 0),)),
    ("RES-08", FAIL, "does not tell where", (fact("text", "Oh", 0), fact("tells", False, 0))),
    ("RES-09", PASS, "", (ok("apply", MADE, 0),)),
    ("RES-09", FAIL, "as a value", (ok("apply", None, 0),)),
    ("RES-09", FAIL, "raised", (fail("apply", 0, "builtins.KeyError", "a", 1),)),
    ("RES-10", PASS, "", (fail("map", None, BROKE), USABLE)),
    ("RES-10", UNKNOWN, "apply afterwards", (fail("map", None, BROKE),)),
    ("RES-10", FAIL, "hid the error", (ok("map", {"list": SQUARES[:2]}), USABLE)),
    ("RES-10", FAIL, "raised builtins.TypeError", (fail("map", None, "builtins.TypeError"),)),
    ("RES-10", FAIL, "apply afterwards", (fail("map", None, BROKE), fail("apply afterwards"))),
    ("RES-11", PASS, "", (ok("map", [0, 1]),)),
    ("RES-11", PASS, "", (fail("map", None, "builtins.StopIteration"),)),
    ("RES-11", FAIL, "results were lost", (ok("map", [0, 1, 9]),)),
    ("RES-12", PASS, "", (fact("yielded", [0, 0]), fail("imap", None, BROKE), USABLE)),
    ("RES-12", FAIL, "hid", (fact("yielded", [0, 0]), ok("imap", {"list": []}), USABLE)),
    ("RES-12", FAIL, "yielded", (fact("yielded", [1, 1]), fail("imap", None, BROKE), USABLE)),
    ("RES-13", PASS, "", (*GAVE_UP, ok("get", 1, 0), ok("get again", 1, 0))),
    ("RES-13", UNKNOWN, "", (*GAVE_UP, ok("get", 1, 0))),
    ("RES-13", FAIL, "returned 1", (GAVE_UP[0], ok("early get", 1, (0, 1)))),
    ("RES-13", FAIL, "raised builtins.ValueError", (GAVE_UP[0], fail("early get", (0, 1)))),
    ("RES-13", FAIL, "get 0: came true, expected 1", (*GAVE_UP, ok("get", True, 0))),
    ("RES-13", FAIL, "get 0 raised", (*GAVE_UP, fail("get", 0, "builtins.TimeoutError"))),
    ("RES-13", FAIL, "get again 0", (*GAVE_UP, ok("get", 1, 0), ok("get again", None, 0))),
    ("RES-14", PASS, "", (ok("apply", called_with(fn=2, x=3), 0),)),
    ("RES-14", FAIL, "came", (ok("apply", called_with(x=3), 0),)),
    ("RES-14", FAIL, "came", (ok("apply", called_with(x=3, fn=2), 0),)),
    ("RES-14", FAIL, "raised", (fail("apply", 0, "builtins.TypeError"),)),
    ("RES-25", PASS, "", (fact("done before", False, 0), *READ, fact("done after", True, 0))),
    ("RES-25", UNKNOWN, "", (fact("done before", False, 0), *READ)),
    ("RES-25", UNKNOWN, "", (fact("done after", False, 0),)),
    ("RES-25", FAIL, "held up", (fact("done before", True, 0),)),
    ("RES-25", FAIL, "come back", (*READ, fact("done after", False, 0))),
    ("RES-15", PASS, "", (ok("apply", HALVED, 0), STOPPED)),
    ("RES-15", UNKNOWN, "", (ok("apply", HALVED, 0),)),
    ("RES-15", FAIL, "in one process", (ok("apply", {"float": "0x1.0p-1"}, 0), STOPPED)),
    ("RES-15", FAIL, "given as object", (ok("apply", HALVED, 0), ok("apply", None, 1))),
    ("RES-15", FAIL, "ValueError", (ok("apply", HALVED, 0), fail("apply", 1))),
    ("RES-28", PASS, "", MAPPED),
    ("RES-28", UNKNOWN, "3 worker(s) and chunksize=2", MAPPED[:-1]),
    ("RES-28", FAIL, "returned 1 outcomes", (*MAPPED[:-1], ok("map", OUTCOMES[:1], (3, 2)))),
    ("RES-28", FAIL, "program 0 ended", (*MAPPED[:-1], ok("map", OUTCOMES[::-1], (3, 2)))),
    ("RES-28", FAIL, "raised", (*MAPPED[:-1], fail("map", (3, 2)))),
    ("RES-16", PASS, "", (*FIRST, *SECOND[1::-1], SECOND[2])),
    ("RES-16", FAIL, "number 1 of several", (*FIRST, *SECOND)),
    ("RES-33", PASS, "", (*FIRST, *SECOND)),
    ("RES-33", UNKNOWN, "number 1", (*FIRST, read(1, 0, [0, 0]))),
    ("RES-33", FAIL, "number 1 of several under way, gave", (*FIRST, read(1, 0, "the end"))),
    ("RES-33", FAIL, "gave", (read(0, 0, [1, 0, 0]), read(0, 1, "the end"))),
    ("RES-33", FAIL, "goes on", (*FIRST[:1], *(read(0, n, [0, 0]) for n in (1, 2)))),
    ("RES-33", FAIL, "raised", (fail("read", (0, 0)),)),
    ("RES-18", PASS, "", LINKED),
    ("RES-18", UNKNOWN, "get (0, 1)", LINKED[:-1]),
    ("RES-18", FAIL, "by a callback, raised", (LINKED[0], fail("submit", (0, 1)))),
    ("RES-18", FAIL, "came", (*LINKED[:-1], ok("get", [5, 0], (0, 1)))),
    ("RES-19", PASS, "", LAZY),
    ("RES-19", UNKNOWN, "127 of 128", LAZY[:-1]),
    ("RES-19", FAIL, "had read 128 items", (*LAZY[::2], *LAZY[1::2])),
    ("RES-20", PASS, "", (ITERATED[0], USABLE)),
    ("RES-20", UNKNOWN, "apply afterwards", (ITERATED[0],)),
    ("RES-20", FAIL, "map raised", (fail("map", None, "builtins.TypeError"), USABLE)),
    ("RES-20", FAIL, "map: came", (ok("map", LETTERS[::-1]), USABLE)),
    ("RES-20", FAIL, "apply afterwards", (ITERATED[0], fail("apply afterwards"))),
    ("RES-34", PASS, "", (*ITERATED[1:], UNORDERED, USABLE)),
    ("RES-34", UNKNOWN, "imap has no end", (ITERATED[1], UNORDERED, USABLE)),
    ("RES-34", FAIL, "imap: came", (ITERATED[1], ok("imap", LETTERS[::-1]), UNORDERED, USABLE)),
    ("RES-21", PASS, "", (ok("draw", AFTER_SEED_1, 1),)),
    ("RES-21", FAIL, "draw 1: came", (ok("draw", AFTER_SEED_1[::-1], 1),)),
    ("RES-22", PASS, "", (ok("draw", [7, 1, 2], (0, 0)), ok("draw", [8, 2, 1], (1, 0)))),
    ("RES-22", UNKNOWN, "draw (1, 0)", (ok("draw", [7, 1, 2], (0, 0)),)),
    ("RES-22", FAIL, "7 and 8", (ok("draw", [7, 1, 2], (0, 0)), ok("draw", [8, 1, 2], (1, 0)))),
    ("RES-22", FAIL, "raised", (ok("draw", [7, 1, 2], (0, 0)), fail("draw", (1, 0)))),
    ("RES-23", PASS, "", (ok("draw", [7, 1], (0, 0)), ok("draw", [8, 2], (0, 1)))),
    ("RES-23", FAIL, "7 and 8", (ok("draw", [7, 1], (0, 0)), ok("draw", [8, 1], (0, 1)))),
    ("RES-24", PASS, "", (fact("tells", [True, ""], 0),)),
    ("RES-24", FAIL, "nothing is left", (fact("tells", [False, "KeyError"], 0),)),
    ("RES-26", PASS, "", (*RAN, BAD_ITEM, *AFTERWARDS)),
    ("RES-26", PASS, "", (*RAN[:2], BAD_ITEM, *AFTERWARDS)),
    ("RES-26", UNKNOWN, "", (*RAN, BAD_ITEM)),
    ("RES-26", FAIL, "more than once", (*RAN, RAN[2], BAD_ITEM, *AFTERWARDS)),
    ("RES-26", FAIL, "returned", (*RAN, ok("map", [0, 1, 2]), *AFTERWARDS)),
    ("RES-26", FAIL, "raised builtins.ValueError", (*RAN, fail("map", None), *AFTERWARDS)),
    ("RES-26", FAIL, "after the map", (BAD_ITEM, AFTERWARDS[0], ok("afterwards", 0, 1))),
    ("RES-26", FAIL, "after the map", (BAD_ITEM, AFTERWARDS[0], fail("afterwards", 1))),
    ("RES-35", PASS, "", (MAP_FAILED, CALLED, LAST_CALL)),
    ("RES-35", UNKNOWN, "last callback has no end", (MAP_FAILED, CALLED)),
    ("RES-35", UNKNOWN, "map_async was not seen to end", (CALLED, LAST_CALL)),
    ("RES-35", FAIL, "called 2 times", (MAP_FAILED, CALLED, CALLED, LAST_CALL)),
    ("RES-35", FAIL, "its get() returned a value", (ok("map_async", {"list": [0]}), LAST_CALL)),
    ("RES-35", FAIL, "expected the error of one", (MAP_FAILED, fact("called", ["value", [0]]))),
    ("RES-36", PASS, "", EMPTY),
    ("RES-36", UNKNOWN, "last callback has no end", EMPTY[:2]),
    ("RES-36", FAIL, "called 2 times", (*EMPTY[:2], *EMPTY[1:])),
    ("RES-36", FAIL, "got null, expected the list", (fact("called", ["value", None]),)),
    ("RES-36", FAIL, "raised builtins.ValueError", (fail("map_async"), *EMPTY[1:])),
    ("RES-37", PASS, "", (fail("map"), USABLE)),
    ("RES-37", PASS, "", (ok("map", [0, 1]), USABLE)),
    ("RES-37", UNKNOWN, "map has no end", (USABLE,)),
    ("RES-37", FAIL, "neither an error", (ok("map", [None, None]), USABLE)),
    ("RES-37", FAIL, "apply afterwards raised", (fail("map"), fail("apply afterwards"))),
    ("RES-32", PASS, "", (FIRST_BAD, ok("next", 1, 1), NO_MORE)),
    ("RES-32", UNKNOWN, "not read to its end", (FIRST_BAD, ok("next", 1, 1))),
    ("RES-32", FAIL, "expected that it gave 1", (FIRST_BAD, ok("next", "the end", 1))),
    ("RES-32", FAIL, "expected that it raised", (ok("next", None, 0), ok("next", 1, 1), NO_MORE)),
    ("RES-17", PASS, "", LIVED),
    ("RES-17", UNKNOWN, "step 6, submit 5,", LIVED[:-1]),
    ("RES-17", FAIL, "says that it is refused", (*LIVED[:-1], ok("submit", None, 6))),
    ("RES-17", FAIL, 'says that it gives "the end"', (*LIVED[:3], ok("next", 0, 3))),
    ("RES-17", FAIL, "says that it gives one of [0]", (*LIVED[:2], ok("next", 7, 2))),
    ("RES-17", FAIL, "says that it raises ValueError(4)", (*LIVED[:4], fail("read", 4))),
    ("RES-17", FAIL, "step 1, imap 1, raised", (LIVED[0], fail("imap", 1))),
    ("RES-31", PASS, "", (*WOUNDED, ok("read", 4, 2))),
    ("RES-31", PASS, "", (*WOUNDED, fail("read", 2, "forkless.pool.WorkerDied"))),
    ("RES-31", FAIL, "says that it gives 4", (*WOUNDED, ok("read", None, 2))),
    ("RES-31", FAIL, "submit 4, raised", (fail("submit", 0), WOUNDED[1])),
    ("RES-29", PASS, "", COMPARED),
    ("RES-29", UNKNOWN, "a task after close() was not", COMPARED[:-1]),
    ("RES-29", UNKNOWN, "no two", (METHODS[0], *COMPARED[2:])),
    ("RES-29", FAIL, "under start method fork", (*COMPARED, ok("program", True, (1, 0)))),
    (
        "RES-29",
        FAIL,
        "a lock as a result ends",
        (*COMPARED, UNLIKE),
    ),
]
