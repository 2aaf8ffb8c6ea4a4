"""What the rules of START say of histories written by hand."""

from __future__ import annotations

from typing import Any

from poolproof.history import Event
from poolproof.verdict import Verdict
from poolproof_literal_histories import fact, fail, ok

PASS, FAIL, UNKNOWN = Verdict.PASS, Verdict.FAIL, Verdict.UNKNOWN
WHO = {"pid": 2, "name": "n", "daemon": True, "args": [1], "kwargs": {}}
PLANS: dict[str, dict[str, Any]] = {
    "START-01": {"args": [1], "kwargs": {}, "name": "n", "daemon": True},
    "START-02": {"ends": ["sys.exit", "text"]},
    "START-03": {"before": {}, "after": {}},
    "START-04": {"daemon": False, "named": False},
    "START-05": {"children": 2, "together": False},
    "START-06": {"ends": "return", "patience_s": 0, "sentinel_first": True},
    "START-07": {"shape": [1]},
    "START-08": {"threads": 2, "each": 1},
    "START-09": {"cwd": True, "path": [], "argv": None},
    "START-10": {"daemon": False, "named": False},
    "START-11": {"key": "00ff", "generations": 1},
    "START-25": {"callers_default": "spawn", "generations": 1},
    "START-26": {"seed": 1, "children": 2, "together": True},
    "START-33": {"level": 7},
    "START-21": {"things": ["Lock", "Pipe"]},
    "START-30": {"connections": 2},
    "START-39": {"children": [[1], [2]]},
    "START-40": {"cells": [{"kind": "Array", "code": "i", "before": [1], "after": [2]}]},
    "START-23": {"daemons": [False, True], "order": [1, 0]},
    "START-28": {"daemons": [False, True], "order": [1, 0]},
    "START-29": {"misuse": "close while running"},
    "START-36": {"how": "sys.exit", "value": [], "code": 1},
    "START-24": {"daemons": [True, False]},
    "START-31": {"length": 200},
    "START-37": {"leaves": ["thread"], "items": 2, "size": 1, "ending": "return"},
    "START-18": {
        "run": {"stem": "script", "module": False},
        "target": "function",
        "children": 1,
        "generations": 1,
    },
    "START-19": {"children": 1, "module": False},
    "START-38": {"flags": ["-O"]},
    "START-41": {"flags": ["-Xno_debug_ranges"]},
    "START-22": {"arguments": ["a lambda", "fine"]},
    "START-27": {"workers": 1, "notes": [1], "name": "w", "daemon": False},
    "START-42": {"arguments": 1, "length": 1000},
    "START-12": {"failures": [["chained", "oh"]]},
    "START-13": {"children": [["print", "return"]]},
    "START-20": {"lines": ["a", "b"], "caller_first": 1, "children": ["input"]},
    "START-14": {"redirected": [[1]]},
    "START-43": {"device": "cpu", "numbers": [1, 2]},
    "START-15": {"umask": 0o077, "limits": {}},
    "START-16": {"cores": "first"},
    "START-17": {"ignored": ["SIGHUP"], "blocked": []},
}
JOINED = (fact("process", {"pid": 2, "name": "n", "exitcode": 0}), fact("caller", 1))
ENVIRON = fact("caller", {"A": "new"})
PLACE = fact("caller", {"cwd": "/a", "path": ["", "/lib"], "argv": ["x"]})
PARENT = fact("caller", {"pid": 1, "name": "p", "alive": True})
CHILD = {"pid": 1, "name": "p", "alive": True, "getppid": 1}
RUNS = fact("running", {"alive": True, "exitcode": None, "sentinel ready": False})
TREE = (fact("exitcode", 0), fact("caller", 1))
CODES = fact("exitcodes", [0, 0])
SHARED: dict[str, dict[str, Any]] = {
    "START-11": {"authkey": "ab"},
    "START-38": {"optimize": 1, "warnoptions": []},
    "START-41": {"xoptions": {"no_debug_ranges": True}},
    "START-25": {"method": "fork"},
    "START-33": {"level": 7},
    "START-15": {"umask": "077", "RLIMIT_CORE": [0, 9]},
    "START-16": {"cores": [0]},
    "START-17": {"ignored": ["SIGHUP"], "blocked": []},
}
LOOKED = [
    (rule, PASS, "", (fact("caller", seen), ok("child", seen))) for rule, seen in SHARED.items()
]
CHAINED = "KeyError: 'cause of oh'\ndirect cause\nTraceback _fail_in_depth\nValueError: oh\n"
PRINTED = "<caller before><child 0><caller after>"
NUMBERS = (ok("numbers", [1, 2], 0), ok("numbers", [3, 4], "caller"))
THINGS = (ok("child", [False, True], 0), ok("child", "question", 1), fact("caller", True, 0))
HEARD = (ok("start", None), fact("asked", 2))
MANAGED = (
    fact("total", 1),
    fact("total", 2),
    fact("dict", [["1", 1], ["2", 2]]),
    fact("list", [1, 2]),
    fact("left", 0),
)
ENDED = fact("exitcode", 0)
LEFT = (ok("finished", None, "thread"), fact("got", [[0, 1], [1, 1]]))
FINISHED = (fact("waits", True), ok("finished", None, 1))
UNGUARDED = (fact("caller", 1), fact("stderr", "RuntimeError: bootstrapping"))
STARTED = (ok("start", None, 0), *UNGUARDED)
NEXT = (fact("exitcode", 0, 1), ok("child", None, 1), fact("left", 0))
WORKED = (ok("target", None, 0), fact("caller", [0, [1]], 0), fact("stderr", ""))


def changed(rule: str, **seen: Any) -> tuple[Event, ...]:
    """A child that found something else than its caller has."""
    return (fact("caller", SHARED[rule]), ok("child", {**SHARED[rule], **seen}))


def ended(**more: Any) -> Event:
    """The state of a child that returned."""
    return fact("ended", {"alive": False, "exitcode": 0, "sentinel ready": True, **more})


def seen(op: str, *values: Any) -> tuple[Event, ...]:
    """Facts of one name, one after the other."""
    return tuple(fact(op, value) for value in values)


def crowd(args: list[int], key: tuple[int, int]) -> Event:
    """A child of START-08."""
    return ok("child", {**WHO, "args": args}, key)


def node(pid: int, parent: int, *path: int) -> Event:
    """A process of START-07."""
    return ok("node", {"pid": pid, "parent": parent}, path)


CASES: list[tuple[str, Verdict, str, tuple[Event, ...]]] = [
    ("START-01", PASS, "", (ok("child", WHO, 0), *JOINED)),
    ("START-01", FAIL, "the target ran 0 times", JOINED),
    ("START-01", FAIL, "name is 'm'", (ok("child", {**WHO, "name": "m"}, 0), *JOINED)),
    ("START-01", FAIL, "daemon is False", (ok("child", {**WHO, "daemon": False}, 0), *JOINED)),
    ("START-01", FAIL, "called start()", (ok("child", {**WHO, "pid": 1}, 0), *JOINED)),
    ("START-02", PASS, "", (fact("exitcode", 1),)),
    ("START-02", FAIL, "has exit code 0, not 1", (fact("exitcode", 0),)),
    ("START-03", PASS, "", (ok("child", {"environ": {"A": "new"}}), ENVIRON)),
    ("START-03", FAIL, "and 'old' in the child", (ok("child", {"environ": {"A": "old"}}), ENVIRON)),
    ("START-43", PASS, "", (ok("sum", 3, "child"), fact("exitcodes", [0]))),
    ("START-43", UNKNOWN, "not seen to end", (ok("sum", 3, "child"),)),
    ("START-43", FAIL, "ended with exit code 1", (fact("exitcodes", [1]),)),
    ("START-43", FAIL, "is 0, expected 3", (ok("sum", 0, "child"), fact("exitcodes", [0]))),
    ("START-04", PASS, "", (ok("child", CHILD), PARENT)),
    ("START-04", FAIL, "is None", (ok("child", {"getppid": 1}), PARENT)),
    ("START-04", FAIL, "the pid of", (ok("child", {**CHILD, "pid": 3}), PARENT)),
    ("START-05", PASS, "", (ok("child", 0, 0), ok("child", 0, 1), fact("here", 0))),
    ("START-05", FAIL, "child 1 found", (ok("child", 0, 0), ok("child", 1, 1), fact("here", 0))),
    (
        "START-05",
        FAIL,
        "changed in a child",
        (ok("child", 0, 0), ok("child", 0, 1), fact("here", 1)),
    ),
    ("START-06", PASS, "", (RUNS, ended())),
    ("START-06", FAIL, "exitcode is None, expected 0", (RUNS, ended(exitcode=None))),
    ("START-06", FAIL, "sentinel ready is False", (RUNS, ended(**{"sentinel ready": False}))),
    ("START-07", PASS, "", (node(2, 1), node(3, 2, 0), *TREE)),
    ("START-07", FAIL, "never ran", (node(2, 1), *TREE)),
    ("START-07", FAIL, "has pid 1, expected 2", (node(2, 1), node(3, 1, 0), *TREE)),
    ("START-08", PASS, "", (crowd([0, 0], (0, 0)), crowd([1, 0], (1, 0)), CODES)),
    ("START-08", FAIL, "got the arguments", (crowd([1, 0], (0, 0)), crowd([1, 0], (1, 0)), CODES)),
    ("START-08", FAIL, "never ran", (crowd([0, 0], (0, 0)), CODES)),
    ("START-09", PASS, "", (ok("child", {**PLACE.value, "path": ["/a", "/lib"]}), PLACE)),
    ("START-09", FAIL, "the current folder", (ok("child", {**PLACE.value, "cwd": "/b"}), PLACE)),
    ("START-09", FAIL, "sys.path", (ok("child", {**PLACE.value, "path": ["/a"]}), PLACE)),
    ("START-10", PASS, "", (ok("child", CHILD), PARENT)),
    ("START-10", FAIL, "os.getppid()", (ok("child", {**CHILD, "getppid": 9}), PARENT)),
    ("START-14", PASS, "", (fact("said", "child 0 on 1\n", (0, 1)),)),
    ("START-14", FAIL, "the file has ''", (fact("said", "", (0, 1)),)),
    ("START-14", FAIL, "one line", (fact("said", "child 0 on 1\n" * 2, (0, 1)),)),
    *LOOKED,
    ("START-15", FAIL, "umask is '077' in the caller", changed("START-15", umask="022")),
    ("START-15", FAIL, "RLIMIT_CORE is [0, 9]", changed("START-15", RLIMIT_CORE=[9, 9])),
    ("START-16", FAIL, "[0, 1] in the child", changed("START-16", cores=[0, 1])),
    ("START-17", FAIL, "ignored signals is", changed("START-17", ignored=[])),
    ("START-17", FAIL, "blocked signals is", changed("START-17", blocked=["SIGHUP"])),
    ("START-12", PASS, "", (fact("stderr", CHAINED),)),
    ("START-12", FAIL, "not say 'Traceback'", (fact("stderr", ""),)),
    ("START-12", FAIL, "'direct cause'", (fact("stderr", CHAINED.replace("direct", "")),)),
    ("START-13", PASS, "", (fact("stdout", PRINTED),)),
    ("START-13", FAIL, "came 2 times", (fact("stdout", "<caller before>" + PRINTED),)),
    ("START-13", FAIL, "<child 0> was", (fact("stdout", PRINTED.replace("child 0", "")),)),
    ("START-20", PASS, "", (ok("child", "", 0), fact("caller", "a\nb\n"))),
    ("START-20", FAIL, "child 0 read 'b", (ok("child", "b\n", 0), fact("caller", "a\n"))),
    ("START-20", FAIL, "it read 'a", (ok("child", "", 0), fact("caller", "a\n"))),
    ("START-11", FAIL, "'ab' in the caller", changed("START-11", authkey="cd")),
    ("START-25", FAIL, "and 'spawn' in", changed("START-25", method="spawn")),
    ("START-33", FAIL, "and 30 in the child", changed("START-33", level=30)),
    ("START-26", PASS, "", (*NUMBERS, ok("numbers", [5, 6], 1))),
    ("START-26", FAIL, "never threw: 1", NUMBERS),
    ("START-26", FAIL, "1 and caller drew the same", (*NUMBERS, ok("numbers", [3, 4], 1))),
    ("START-21", PASS, "", (*THINGS, fact("caller", "answer", 1))),
    ("START-21", FAIL, "Pipe as an argument: the caller", (*THINGS, fact("caller", "no", 1))),
    (
        "START-21",
        FAIL,
        "the child saw [True, True], expected [False, True]",
        (*THINGS, fact("caller", "answer", 1), ok("child", [True, True], 0)),
    ),
    ("START-30", PASS, "", (*HEARD, fact("heard", [0, 1]))),
    ("START-30", FAIL, "1 of 2 connections did not", (*HEARD, fact("heard", [0, None]))),
    ("START-30", FAIL, "with 2 connections raised", (fact("asked", 2), fail("start"))),
    ("START-39", PASS, "", MANAGED),
    (
        "START-39",
        FAIL,
        "list is [2], expected [1, 2]",
        (fact("list", [2]), *MANAGED[:3], MANAGED[4]),
    ),
    ("START-39", FAIL, "processes left is 1", (*MANAGED, fact("left", 1))),
    (
        "START-39",
        FAIL,
        "Namespace are [1, 2, 3]",
        (fact("total", 1), *MANAGED[1:], fact("total", 3)),
    ),
    ("START-40", PASS, "", (ok("child", [1], 0), fact("caller", [2], 0))),
    ("START-40", FAIL, "the caller sees [1]", (ok("child", [1], 0), fact("caller", [1], 0))),
    ("START-40", FAIL, "the child found [0]", (ok("child", [0], 0), fact("caller", [2], 0))),
    ("START-23", PASS, "", seen("active", [0, 1], [0], [])),
    ("START-23", FAIL, "lists [0, 1]", seen("active", [0, 1], [0, 1], [])),
    ("START-23", FAIL, "lists [-1, 0, 1]", seen("active", [-1, 0, 1], [0], [])),
    ("START-28", PASS, "", seen("ready", [], [1], [0])),
    ("START-28", FAIL, "the sentinels of [0] are ready", seen("ready", [], [0], [0])),
    ("START-29", PASS, "", (fail("misuse"), ENDED)),
    ("START-29", UNKNOWN, "nothing was misused", (ENDED,)),
    ("START-29", FAIL, "no error, expected ValueError", (ok("misuse", None), ENDED)),
    (
        "START-29",
        FAIL,
        "raised builtins.OSError",
        (fail("misuse", None, "builtins.OSError"), ENDED),
    ),
    ("START-29", FAIL, "has exit code 1", (fail("misuse"), fact("exitcode", 1))),
    ("START-36", PASS, "", (fact("exitcode", 1),)),
    ("START-36", FAIL, "sys.exit([]) has exit code 0, not 1", (ENDED,)),
    ("START-37", PASS, "", LEFT),
    ("START-37", FAIL, "never done: 'thread'", LEFT[1:]),
    ("START-37", FAIL, "and 1 arrived", (LEFT[0], fact("got", [[0, 1]]))),
    ("START-24", PASS, "", (*FINISHED, ENDED)),
    ("START-24", FAIL, "never finished: 1", (FINISHED[0], ENDED)),
    ("START-24", FAIL, "finished though nobody", (*FINISHED, ok("finished", None, 0), ENDED)),
    ("START-24", FAIL, "ended before its children", (fact("waits", False), FINISHED[1], ENDED)),
    ("START-24", FAIL, "has exit code 1", (*FINISHED, fact("exitcode", 1))),
    ("START-31", PASS, "", (ok("start", None), ENDED)),
    ("START-31", FAIL, "start() raised", (fail("start"),)),
    ("START-31", FAIL, "has exit code 1", (ok("start", None), fact("exitcode", 1))),
    ("START-18", PASS, "", (ok("child", "Worker", (0, 1)), ENDED)),
    ("START-18", FAIL, "never ran: (0, 1)", (ENDED,)),
    ("START-18", FAIL, "exit code 1", (ok("child", "Worker", (0, 1)), fact("exitcode", 1))),
    ("START-19", PASS, "", (*STARTED, ok("child", None, 0))),
    ("START-19", PASS, "", STARTED),
    ("START-19", PASS, "", (fail("start", 0, "builtins.RuntimeError"), *UNGUARDED)),
    ("START-19", FAIL, "ran more than once", (*STARTED, *2 * (ok("child", None, 0),))),
    ("START-19", FAIL, "no RuntimeError", (ok("start", None, 0), UNGUARDED[0], fact("stderr", ""))),
    (
        "START-19",
        FAIL,
        "raised builtins.OSError",
        (fail("start", 0, "builtins.OSError"), *UNGUARDED),
    ),
    ("START-19", FAIL, "started a child", (ok("start", None, 0), fact("caller", 2), UNGUARDED[1])),
    ("START-38", FAIL, "optimize is 1 in the caller", changed("START-38", optimize=0)),
    ("START-41", FAIL, "xoptions is", changed("START-41", xoptions={})),
    ("START-22", PASS, "", (fail("start", 0), *NEXT)),
    ("START-22", PASS, "", (fact("exitcode", 1, 0), *NEXT)),
    ("START-22", PASS, "", (ok("child", None, 0), fact("exitcode", 0, 0), *NEXT)),
    ("START-22", FAIL, "and the target ran", (fail("start", 0), ok("child", None, 0), *NEXT)),
    ("START-22", FAIL, "did not run with a lambda", (fact("exitcode", 0, 0), *NEXT)),
    ("START-22", FAIL, "start() after ['a lambda']", (fail("start", 1), fact("left", 0))),
    ("START-22", FAIL, "1 process(es) are left", (fail("start", 0), *NEXT, fact("left", 1))),
    ("START-27", PASS, "", (ok("child", ["Worker", "w", [1, "run"]], 0), *WORKED)),
    ("START-27", FAIL, "1 worker(s) never ran", WORKED),
    ("START-27", FAIL, "found itself", (ok("child", ["Worker", "w", ["run"]], 0), *WORKED)),
    (
        "START-27",
        FAIL,
        "in the caller, expected [0, [1]]",
        (ok("child", ["Worker", "w", [1, "run"]], 0), fact("caller", [0, [1, 2]], 0), *WORKED),
    ),
    ("START-42", PASS, "", (fact("caller", {"count": 1}), ok("child", {"count": 1}))),
    ("START-42", FAIL, "start() raised", (fact("caller", {"count": 1}), fail("start"))),
    (
        "START-42",
        FAIL,
        "the number of arguments is 1 in the caller",
        (fact("caller", {"count": 1}), ok("child", {"count": 0})),
    ),
]
