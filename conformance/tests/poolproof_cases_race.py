"""What the rules of RACE say of histories written by hand."""

from __future__ import annotations

from typing import Any

from poolproof.history import Event, Kind
from poolproof.rules.data.both_ways import WAYS
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
    "RACE-04": {"queue": ["SimpleQueue", 0], "producers": 1, "consumers": 1, "load": [2, 0]},
    "RACE-05": {"workers": 1, "threads": 2, "tasks": 1},
    "RACE-06": {"members": 2, "rounds": 2, "lock": "RLock"},
    "RACE-07": {"members": 2, "rounds": 1},
    "RACE-08": {"members": 2, "rounds": 1},
    "RACE-09": {"semaphore": ["Lock", 1], "members": 2, "rounds": 1},
    "RACE-10": {"producers": 1, "consumers": 1, "items": 2},
    "RACE-21": {"device": "cpu", "elements": 2, "steps": [3]},
    "RACE-11": {"guard": "Lock", "slots": 2, "observers": 1, "rounds": 2},
    "RACE-12": {
        "carrier": "RawArray",
        "widths": [1, 2],
        "slots": 1,
        "readers": 1,
        "rounds": 3,
        "troubles": [],
    },
    "RACE-13": {"workers": 1, "threads": 1, "before": 1},
    "RACE-14": {"threads": 2, "each": 1},
    "RACE-15": {
        "ways": ["Lock", "Event"],
        "members": 2,
        "rounds": 1,
        "words": 2,
        "seed": 0,
        "yield_us": 0,
        "troubles": [],
    },
    "RACE-16": {
        "places": {"Array": {"width": 16, "start": 63}, "Lock": {"width": 2, "start": 0}},
        "readers": 1,
        "rounds": 3,
        "seed": 0,
        "yield_us": 0,
        "troubles": [],
    },
    "RACE-17": {
        "carrier": "tensor",
        "widths": [1, 2],
        "slots": 1,
        "readers": 1,
        "rounds": 3,
        "troubles": [{"act": "kill", "who": 2, "after_us": 0, "for_us": 100}],
    },
    "RACE-18": {"workers": 1, "tasks": 1, "sizes": [8], "kept": 1, "held": 1, "seed": 0},
    "RACE-19": {"kind": "Lock", "tasks": 1},
    "RACE-20": {"starters": 2, "each": 1},
}


def holds(guard: int, *spans: tuple[int, int]) -> tuple[Event, ...]:
    """A hold of that guard by each process, from and to."""
    pairs = [
        (Event(a, 1, Kind.INVOKE, "hold", key), Event(b, 1, Kind.OK, "hold", key))
        for key, a, b in (((guard, n, 0), *span) for n, span in enumerate(spans))
    ]
    return tuple(event for pair in pairs for event in pair)


def span(op: str, key: Any, begun: int, ended: int | None, *said: Any) -> tuple[Event, ...]:
    """An operation from and to those milliseconds: its result, then its argument."""
    result, argument = (*said, None, None)[:2]
    call = Event(begun * 1_000_000, 1, Kind.INVOKE, op, key, argument)
    if ended is None:
        return (call,)
    return call, Event(ended * 1_000_000, 1, Kind.OK, op, key, result)


def notified(key: int, at: int) -> Event:
    """The others were told, at that millisecond."""
    return Event(at * 1_000_000, 1, Kind.OK, "notify", key)


def walk(*steps: tuple[int, str, Any]) -> tuple[Event, ...]:
    """Steps of processes, one after the other; of a read `what` is place and value."""
    return tuple(
        Event(number, pid, Kind.INFO, act, *(what if act == "read" else (what, None)))
        for number, (pid, act, what) in enumerate(steps)
    )


RAN = (ok("task", None, 0), ok("task", None, 1), ok("task", None, 2))
CAME = (ok("get", 0, 0), ok("map", {"list": [1, 2]}, 1))
CLOSED = ok("close", None)
ENDED = fact("exitcodes", [0, 0])
COUNTED = (fact("count", 6, 0), fact("count", 6, 1))
LATER = holds(1, (20, 25), (25, 29))
FIRST, SECOND = ok("get", [0, 0], (0, 0)), ok("get", [0, 1], (0, 1))

TURNS = fact("turns", 4)
AWOKEN = tuple(event for m in range(2) for event in span("wait", (m, 0), 0, 2, [True, True]))
TAKEN = (*span("acquire", (0, 0), 0, 1, True), *span("release", (0, 0), 4, 5))
PUT = (*span("put", (0, 0), 0, 1, None, [0, 0]), *span("put", (0, 1), 2, 3, None, [0, 1]))
GOT = (*span("get", (0, 0), 4, 5, [0, 0]), *span("get", (0, 1), 6, 7, [0, 1]))
SENT = (ok("send", None),)
STARTED = (fact("exit", 0, 0), fact("exit", 0, 1), fact("threads", 2))

_B, _T = (0, 0), (1, 0)  # blocks of the two ways
LOCKED = walk(
    *((1, "receive", _B), (1, "read", (_B, [0])), (1, "write", _B), (1, "send", _B)),
    *((2, "receive", _B), (2, "read", (_B, [1])), (2, "write", _B), (2, "send", _B)),
)
TOLD = walk(
    *((1, "write", _T), (1, "send", _T)),
    *((2, "receive", _T), (2, "read", (_T, [1]))),
)

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
    ("RACE-06", PASS, "", (*span("wait", 1, 0, 5, True), notified(1, 4), TURNS, ENDED)),
    ("RACE-06", PASS, "", (*span("wait", 1, 0, 3000, False), notified(1, 2999), TURNS, ENDED)),
    ("RACE-06", UNKNOWN, "not seen to end", ()),
    ("RACE-06", FAIL, "slept on for 3.0 s", (*span("wait", 1, 0, 3001, False), notified(1, 1))),
    ("RACE-06", FAIL, "took 3 turns, expected 4", (fact("turns", 3), ENDED)),
    ("RACE-07", PASS, "", (*AWOKEN, notified(0, 1), ENDED)),
    ("RACE-07", UNKNOWN, "not seen to end", AWOKEN),
    ("RACE-07", FAIL, "1 waits for an event ended, expected 2", (*AWOKEN[:2], ENDED)),
    (
        "RACE-07",
        FAIL,
        "process 0 slept on for 2.0 s though event 0 was set",
        (*span("wait", (0, 0), 0, 3000, [False, True]), notified(0, 1000)),
    ),
    ("RACE-07", FAIL, "was not set then", span("wait", (0, 0), 0, 1, [True, False])),
    ("RACE-08", PASS, "", (*span("meet", (0, 0), 0, 3, 1), *span("meet", (0, 1), 2, 4, 0), ENDED)),
    ("RACE-08", UNKNOWN, "not seen to end", span("meet", (0, 0), 0, None)),
    (
        "RACE-08",
        FAIL,
        "left the barrier in round 0 before process 1 had come",
        (*span("meet", (0, 0), 0, 1, 0), *span("meet", (0, 1), 2, 4, 1), ENDED),
    ),
    ("RACE-08", FAIL, "before all others had come", span("meet", (0, 0), 0, 1, 0)),
    (
        "RACE-08",
        FAIL,
        "the numbers [0, 0] in round 0, expected each once",
        (*span("meet", (0, 0), 0, 3, 0), *span("meet", (0, 1), 2, 4, 0), ENDED),
    ),
    ("RACE-09", PASS, "", (*TAKEN, *span("acquire", (1, 0), 1, 2, False), ENDED)),
    ("RACE-09", UNKNOWN, "not seen to end", TAKEN),
    ("RACE-09", FAIL, "of 1 place(s)", (*TAKEN, *span("acquire", (1, 0), 2, 3, True), ENDED)),
    ("RACE-09", FAIL, "acquire() -> False", (*TAKEN, *span("acquire", (1, 0), 9, 9, False), ENDED)),
    ("RACE-10", PASS, "", (*PUT, *GOT, *span("get", (0, 2), 8, None), ENDED)),
    ("RACE-10", UNKNOWN, "not seen to end", (*PUT, *GOT)),
    ("RACE-10", FAIL, "'0/0' was ahead of '0/1'", (*PUT, *GOT[2:], ENDED)),
    ("RACE-10", FAIL, "it came out twice", (*PUT, *GOT, *span("get", (0, 2), 8, 9, [0, 1]), ENDED)),
    ("RACE-21", PASS, "", (ok(WAYS[0], [3.0, 3.0], 0), ok(WAYS[1], [3.0, 3.0], 0))),
    ("RACE-21", UNKNOWN, WAYS[1], (ok(WAYS[0], [3.0, 3.0], 0),)),
    ("RACE-21", FAIL, "came [2.0, 3.0]", (ok(WAYS[0], [2.0, 3.0], 0),)),
    ("RACE-21", FAIL, WAYS[1], (ok(WAYS[0], [3.0, 3.0], 0), fail(WAYS[1], 0))),
    ("RACE-11", PASS, "", (ok("observe", [1, 1], 1), ok("observe", [2, 2], 2), ENDED)),
    ("RACE-11", UNKNOWN, "not seen to end", (ok("observe", [2, 2], 2),)),
    ("RACE-11", FAIL, "one of its 2 slots was 1", (ok("observe", [2, 1], 2), ENDED)),
    ("RACE-11", FAIL, "0 of 1 observers saw the last", (ok("observe", [1, 1], 1), ENDED)),
    ("RACE-12", PASS, "", (fact("last", [3, 0x0303], 0), ENDED)),
    ("RACE-12", UNKNOWN, "not all readers ended", (ENDED,)),
    ("RACE-12", FAIL, "as 0x102, which nobody wrote", (fact("odd", [0x0102, 0], (1, 0)), ENDED)),
    ("RACE-12", FAIL, "version 1 after version 2", (fact("odd", [1, 2], (0, 0)), ENDED)),
    ("RACE-12", FAIL, "read as version 2 after its writer", (fact("last", [3, 0x0202], 0), ENDED)),
    ("RACE-12", FAIL, "exit code -9", (fact("last", [3, 0x0303], 0), fact("exitcodes", [0, -9]))),
    ("RACE-13", PASS, "", (ok("get", 0, (0, 0)), CLOSED, fact("threads", 1))),
    ("RACE-13", UNKNOWN, "not seen to end", (ok("get", 0, (0, 0)), CLOSED)),
    ("RACE-13", FAIL, "returned 5, expected 0", (ok("get", 5, (0, 0)), fact("threads", 1))),
    ("RACE-13", FAIL, "raised builtins.ValueError", (fail("get", (0, 0)), fact("threads", 1))),
    ("RACE-13", FAIL, "task 1 of thread 0 was accepted after", (fact("accepted late", 2, 0),)),
    ("RACE-13", FAIL, "close() raised", (fail("close"), fact("threads", 1))),
    ("RACE-14", PASS, "", (*STARTED, *RAN[:2])),
    ("RACE-14", UNKNOWN, "not seen to end", STARTED[:2]),
    ("RACE-14", FAIL, "never ran its target: 1", (*STARTED, RAN[0])),
    ("RACE-14", FAIL, "ran its target more than once: 0", (*STARTED, *RAN[:2], RAN[0])),
    ("RACE-14", FAIL, "exit code 1", (fact("exit", 1, 0), fact("threads", 2))),
    ("RACE-15", PASS, "", (*LOCKED, *TOLD, ENDED)),
    ("RACE-15", UNKNOWN, "not seen to end", (*LOCKED, *TOLD)),
    (
        "RACE-15",
        FAIL,
        "block 0 was handed over by Lock, and nothing that was received orders the read by process "
        "2 after the write by process 1",
        (*LOCKED[:3], *LOCKED[4:], *TOLD, ENDED),
    ),
    ("RACE-15", FAIL, "handed over by Event, and nothing", (*LOCKED, *TOLD[:2], TOLD[3], ENDED)),
    (
        "RACE-15",
        FAIL,
        "handed over by Event and read as [0], expected 1 in all",
        (*LOCKED, *TOLD[:3], *walk((2, "read", ((1, 0), [0]))), ENDED),
    ),
    (
        "RACE-15",
        FAIL,
        "handed over by Lock and read as [0, 1], expected one version",
        (*LOCKED[:5], *walk((2, "read", ((0, 0), [0, 1]))), *TOLD, ENDED),
    ),
    ("RACE-15", FAIL, "2 blocks were read, expected 3", (*LOCKED, *TOLD[:3], ENDED)),
    ("RACE-16", PASS, "", (fact("last", 9, 0), ENDED)),
    ("RACE-16", UNKNOWN, "not all readers ended", (ENDED,)),
    ("RACE-16", FAIL, "as half version 2, half version 1", (fact("odd", [2, 1, 0], (0, 0)), ENDED)),
    ("RACE-16", FAIL, "(Lock), were read as version 1", (fact("odd", [1, 1, 2], (1, 0)), ENDED)),
    # The nemesis killed the writer, or came too late for it.
    ("RACE-17", PASS, "", (fact("last", [2, 0], 0), fact("exitcodes", [-9, 0]))),
    ("RACE-17", PASS, "", (fact("last", [3, 0x0303], 0), ENDED)),
    ("RACE-17", UNKNOWN, "not all readers ended", (fact("exitcodes", [-9, 0]),)),
    ("RACE-17", FAIL, "which nobody wrote", (fact("odd", [0x0102, 0], (1, 0)), ENDED)),
    ("RACE-17", FAIL, "exit code -9", (fact("last", [2, 0], 0), fact("exitcodes", [-9, -9]))),
    ("RACE-18", PASS, "", (ok("get", 8, 0), fact("ended", 1))),
    ("RACE-18", UNKNOWN, "not seen to end", (ok("get", 8, 0),)),
    (
        "RACE-18",
        FAIL,
        "found in it, at task 3,",
        (fact("overwritten", [3], (0, 3)),),
    ),
    ("RACE-18", FAIL, "held the result of task 1", (fact("result overwritten", [1 << 32], 1),)),
    ("RACE-18", FAIL, "belongs to others: [5]", (fact("result overwritten", [5 + (1 << 32)], 1),)),
    ("RACE-18", FAIL, "task 0 raised builtins.ValueError", (fail("get", 0), fact("ended", 1))),
    ("RACE-19", PASS, "", (*SENT, ok("take", True), ok("get", 0, 0))),
    ("RACE-19", UNKNOWN, "nothing was sent", ()),
    ("RACE-19", FAIL, "behind 1 task(s): to send it raised builtins.ValueError", (fail("send"),)),
    ("RACE-19", FAIL, "to take it raised builtins.ValueError", (*SENT, fail("take"))),
    ("RACE-19", FAIL, "to take it returned None", (*SENT, ok("take", None))),
    ("RACE-19", FAIL, "task 0, which stood before the Lock", (*SENT, ok("get", 1, 0))),
    ("RACE-20", PASS, "", (*STARTED[:2], *RAN[:2], ENDED)),
    ("RACE-20", UNKNOWN, "not seen to end", STARTED[:2]),
    ("RACE-20", FAIL, "never ran its target: 1", (*STARTED[:2], RAN[0], ENDED)),
    ("RACE-20", FAIL, "ran its target more than once: 0", (*STARTED[:2], *RAN[:2], RAN[0], ENDED)),
    ("RACE-20", FAIL, "exit code 1", (fact("exit", 1, 0), ENDED)),
    ("RACE-20", FAIL, "never was started and joined: 1", (STARTED[0], *RAN[:2], ENDED)),
]
