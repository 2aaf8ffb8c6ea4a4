"""What the rules of data integrity say of histories written by hand."""

from __future__ import annotations

from typing import Any

from poolproof import tasks_data
from poolproof.history import Event
from poolproof.rules.data.both_ways import WAYS
from poolproof.values import describe
from poolproof.verdict import Verdict
from poolproof_literal_histories import fact, fail, ok

PASS, FAIL, UNKNOWN = Verdict.PASS, Verdict.FAIL, Verdict.UNKNOWN
CUDA = ("DATA-43", "DATA-44")
DENSE = ("DATA-03", "DATA-04", "DATA-05", "DATA-10", "DATA-11", "DATA-12", "DATA-13")
SPEC: dict[str, Any] = {
    "dtype": "float32",
    "shape": [2],
    "offset": 0,
    "views": [],
    "fill": "numbers",
    "seed": 1,
    "bit": None,
    "grad": None,
}
ON_DEVICE: dict[str, Any] = SPEC | {"dtype": "complex64", "bit": "neg", "device": "cpu"}
PICTURE: dict[str, Any] = {
    "type": "Tensor",
    "device": "cpu",
    "dtype": "float32",
    "shape": [2],
    "stride": [1],
    "requires_grad": False,
    "head": "00",
    "sha256": "aa",
}
SPARSE: dict[str, Any] = {
    "type": "Tensor",
    "layout": "torch.sparse_coo",
    "requires_grad": True,
    "coalesced": False,
    "values": ["float32", [1], "00", "aa"],
}
ARRAY: dict[str, Any] = {
    "type": "ndarray",
    "dtype": "dtype('int16')",
    "shape": [2, 2],
    "order": "F",
    "head": "00",
    "sha256": "aa",
}
MODULE: dict[str, Any] = {"type": "Tied", "one weight": True, "tensors": [["a", PICTURE]]}
GENERATOR: dict[str, Any] = {"type": "Generator", "draws": [1, 2]}
BUFFER: dict[str, Any] = {"type": "Exporting", "read-only": False, "head": "00", "sha256": "aa"}
CROWD: dict[str, Any] = {"type": "list", "count": 300}
STAMP: dict[str, Any] = PICTURE | {"number": 100}
ZEROS: dict[str, Any] = PICTURE | {"sha256": "00"}
TAGGED: dict[str, Any] = PICTURE | {"type": "Tagged", "attributes": {"label": 1}}
# Rules that send values there and back: a specification, the portrait expected, and how one that
# is not the same differs, in the words of the message.
Sent = tuple[Any, dict[str, Any], dict[str, Any], str]
SENT: dict[str, Sent] = {
    "DATA-14": ({"count": 1}, SPARSE, {"coalesced": True}, "coalesced is True, expected False"),
    "DATA-15": ({"count": 1}, SPARSE, {"layout": "torch.sparse_csr"}, "its layout is"),
    "DATA-16": ({"axis": 1}, PICTURE | {"scale": [0.5]}, {"scale": 0.5}, "scale is 0.5"),
    "DATA-17": ({}, {"type": "Tensor", "components": [PICTURE]}, {"components": []}, "is []"),
    "DATA-18": ({}, {"type": "Tensor", "device": "meta"}, {"device": "cpu"}, "device is cpu"),
    "DATA-19": ({}, {"type": "Tensor", "shape": [1 << 40]}, {"shape": [1]}, "shape is [1]"),
    "DATA-20": ({"dtype": "i2"}, ARRAY, {"sha256": "bb"}, "content (SHA-256) is bb"),
    "DATA-21": ({"dtype": ">i2"}, ARRAY, {"dtype": "dtype('int32')"}, "expected dtype('int16')"),
    "DATA-22": ({"order": "F"}, ARRAY, {"order": "C"}, "its order is C, expected F"),
    "DATA-23": ({"Generator": [1, 2]}, GENERATOR, {"draws": [1, 3]}, "its draws is [1, 3]"),
    "DATA-24": ({"tied": True}, MODULE, {"one weight": False}, "one weight is False"),
    "DATA-25": ({"count": 300}, CROWD, {"count": 299}, "count is 299, expected 300"),
    "DATA-29": (SPEC, PICTURE, {"sha256": "bb"}, "content (SHA-256) is bb"),
    "DATA-30": ({"at": 70000}, PICTURE, {"sha256": "bb"}, "content (SHA-256) is bb"),
    "DATA-32": ({"own": True}, TAGGED, {"type": "Tensor"}, "type is Tensor, expected Tagged"),
    "DATA-34": ({"size": 3}, BUFFER, {"read-only": True}, "read-only is True, expected False"),
    "DATA-38": ({}, ARRAY | {"write": "1"}, {"write": "read-only"}, "its write is read-only"),
    "DATA-39": ({"own": False}, TAGGED, {"attributes": {}}, "attributes is {}"),
    "DATA-40": ({}, SPARSE, {"requires_grad": False}, "requires_grad is False"),
}
GRAPH = {"list": [{"list": []}, {"ref": 1}]}
SIGNALS = [describe(...), describe((False, ValueError(5)))]
THROUGH = tuple(ok(op, SIGNALS) for op in ("submit", "map", "imap"))
MIXED = (ok("imap_unordered", SIGNALS[::-1]), ok("arguments", SIGNALS))
PLANS: dict[str, dict[str, Any]] = {
    "DATA-01": {"values": [GRAPH]},
    "DATA-02": {"payloads": [{"size": 1, "seed": 3}]},
    "DATA-26": {"threads": [[2], [2]]},
    "DATA-27": {"tensor": SPEC, "others": 1},
    "DATA-28": {"tensors": [SPEC]},
    "DATA-42": {"values": ["Ellipsis", "a failure"], "chunksize": None},
    "DATA-41": {"tensors": [SPEC]},
    **{rule: {"values": [[{"int": [1, 9]}]]} for rule in ("DATA-33", "DATA-35")},
    "DATA-36": {"values": [[{"bytes": 1}, {"bytes": 1}]]},
    "DATA-37": {"payloads": [{"size": 1, "seed": 3}]},
    "DATA-31": {"values": [{"at": 70000}]},
    "DATA-06": {"messages": [{"whole": SPEC, "views": []}]},
    "DATA-07": {"values": [GRAPH]},
    "DATA-08": {"tensors": [SPEC]},
    "DATA-09": {"lengths": [2]},
    **{rule: {"tensors": [SPEC]} for rule in DENSE},
    **{rule: {"tensors": [ON_DEVICE]} for rule in (*CUDA, "DATA-45")},
    **{rule: {"values": [spec]} for rule, (spec, *_) in SENT.items()},
}
DIGEST = tasks_data.digest(tasks_data.content(1, 3))
ONE = ["int", "0x1"]
TWO = [[PICTURE, PICTURE], [PICTURE, ZEROS], [PICTURE, PICTURE]]
UNSHARED: dict[str, Any] = {"list": [{"list": []}, {"list": []}]}
EXPECTED = fact("expected", PICTURE, 0)


def both(argument: Event, result: Event | None = None) -> tuple[Event, ...]:
    """A dense tensor's history: what was expected, and how each way ended."""
    return EXPECTED, argument, result or ok(WAYS[1], PICTURE, 0)


def arrived(**changes: Any) -> Event:
    return ok(WAYS[0], PICTURE | changes, 0)


def sent(picture: Any, argument: Any, result: Any) -> tuple[Event, ...]:
    """A value's history: the portrait expected, and those of what came both ways."""
    return fact("expected", picture, 0), ok(WAYS[0], argument, 0), ok(WAYS[1], result, 0)


def answers(first: Any, second: Any) -> tuple[Event, ...]:
    """Of two tensors on their way at the same time, what came for each."""
    made = (fact("expected", STAMP, 100), fact("expected", STAMP | {"number": 200}, 200))
    return *made, ok("answer", first, 100), ok("answer", second, 200)


def kept(*pictures: Any) -> tuple[Event, ...]:
    """What the worker saw of its argument, and what came of it later."""
    ops = ("the argument", "what the worker kept")
    return EXPECTED, *(ok(op, told, 0) for op, told in zip(ops, pictures, strict=False))


def overwritten(shares: bool, argument: Any, forwarded: Any) -> tuple[Event, ...]:
    """What the caller saw of its own tensors after a task had written to them."""
    return (
        fact("the pool shares tensors", shares),
        EXPECTED,
        fact("written", ZEROS, 0),
        ok("write to the argument", ZEROS, 0),
        fact("the argument afterwards", argument, 0),
        ok("result", PICTURE, 0),
        ok("write to the forwarded result", ZEROS, 0),
        fact("the forwarded result afterwards", forwarded, 0),
    )


Case = tuple[str, Verdict, str, tuple[Event, ...]]
CASES: list[Case] = [
    ("DATA-01", PASS, "", (ok("apply", {"argument": GRAPH, "result": GRAPH}, 0),)),
    ("DATA-01", FAIL, "the argument", (ok("apply", {"argument": UNSHARED, "result": GRAPH}, 0),)),
    ("DATA-01", FAIL, "the result", (ok("apply", {"argument": GRAPH, "result": UNSHARED}, 0),)),
    ("DATA-02", PASS, "", (ok(WAYS[0], DIGEST, 0), ok(WAYS[1], DIGEST, 0))),
    ("DATA-02", UNKNOWN, WAYS[1], (ok(WAYS[0], DIGEST, 0),)),
    ("DATA-02", FAIL, WAYS[1], (ok(WAYS[0], DIGEST, 0), ok(WAYS[1], ["bytes", 0, "e3"], 0))),
    *((rule, PASS, "", both(arrived())) for rule in DENSE),
    *((rule, UNKNOWN, "did not finish", (EXPECTED, arrived())) for rule in DENSE),
    *((rule, FAIL, "content", both(arrived(sha256="bb"))) for rule in DENSE if rule != "DATA-11"),
    *((rule, FAIL, "raised", both(fail(WAYS[0], 0))) for rule in DENSE if rule != "DATA-12"),
    ("DATA-12", PASS, "", both(fail(WAYS[0], 0), fail(WAYS[1], 0))),
    *((rule, PASS, "", both(arrived())) for rule in CUDA),
    *((rule, PASS, "", both(fail(WAYS[0], 0), fail(WAYS[1], 0))) for rule in CUDA),
    *((rule, FAIL, "content", both(arrived(sha256="bb"))) for rule in CUDA),
    *((rule, FAIL, "device is meta", both(arrived(device="meta"))) for rule in CUDA),
    ("DATA-03", PASS, "", both(arrived(stride=[2]))),
    ("DATA-11", FAIL, "stride is [2], expected [1]", both(arrived(stride=[2]))),
    ("DATA-10", FAIL, "requires_grad", both(arrived(requires_grad=True))),
    ("DATA-03", FAIL, "not a Tensor", both(ok(WAYS[0], "[1.0]", 0))),
    ("DATA-06", PASS, "", (ok(WAYS[0], True, 0), ok(WAYS[1], True, 0))),
    ("DATA-06", FAIL, "two storages", (ok(WAYS[0], True, 0), ok(WAYS[1], False, 0))),
    ("DATA-07", PASS, "", (ok("scribble", 2, 0), fact("caller's value afterwards", GRAPH, 0))),
    ("DATA-07", UNKNOWN, "looked at", (ok("scribble", 2, 0),)),
    ("DATA-07", FAIL, "changed", (fact("caller's value afterwards", {"list": [1]}, 0),)),
    ("DATA-08", PASS, "", (EXPECTED, fact("after close", PICTURE, 0))),
    ("DATA-08", FAIL, "content", (EXPECTED, fact("after close", PICTURE | {"sha256": "0"}, 0))),
    ("DATA-08", FAIL, "ValueError", (EXPECTED, fail("result of task", 0))),
    ("DATA-45", PASS, "", (EXPECTED, fact("after other tasks", PICTURE, 0))),
    ("DATA-45", FAIL, "content", (EXPECTED, fact("after other tasks", ZEROS, 0))),
    ("DATA-26", PASS, "", answers(STAMP, STAMP | {"number": 200})),
    ("DATA-26", FAIL, "answer to tensor 200", answers(STAMP | {"number": 200}, STAMP)),
    ("DATA-26", FAIL, "content", answers(STAMP | {"sha256": "bb"}, STAMP | {"number": 200})),
    ("DATA-26", UNKNOWN, "were not made", (fact("expected", STAMP, 100), ok("answer", STAMP, 100))),
    ("DATA-27", PASS, "", kept(PICTURE, PICTURE)),
    ("DATA-27", FAIL, "kept 0: its content", kept(PICTURE, ZEROS)),
    ("DATA-27", FAIL, "argument 0: its content", kept(ZEROS, PICTURE)),
    ("DATA-27", UNKNOWN, "only worker", kept(PICTURE, "NoneType None")),
    ("DATA-27", UNKNOWN, "no end", kept(PICTURE)),
    ("DATA-28", PASS, "", overwritten(False, PICTURE, PICTURE)),
    ("DATA-28", PASS, "", overwritten(True, ZEROS, ZEROS)),
    ("DATA-28", FAIL, "does not declare", overwritten(False, PICTURE, ZEROS)),
    ("DATA-28", FAIL, "does not declare", overwritten(False, ZEROS, PICTURE)),
    ("DATA-28", FAIL, "declares to share", overwritten(True, ZEROS, PICTURE)),
    ("DATA-28", UNKNOWN, "looked at", overwritten(False, PICTURE, PICTURE)[:-1]),
    ("DATA-42", PASS, "", (*THROUGH, *MIXED)),
    ("DATA-42", PASS, "", (*THROUGH[:2], MIXED[1])),
    ("DATA-42", UNKNOWN, "arguments has no end", (*THROUGH, MIXED[0])),
    ("DATA-42", FAIL, "submit raised", (fail("submit"), *THROUGH[1:], *MIXED)),
    ("DATA-42", FAIL, "came as null", (ok("submit", [None, SIGNALS[1]]), *THROUGH[1:], *MIXED)),
    ("DATA-42", FAIL, "map: 1 results came of", (THROUGH[0], ok("map", SIGNALS[:1]), *MIXED)),
    ("DATA-42", FAIL, "imap: ", (*THROUGH[:2], ok("imap", SIGNALS[::-1]), *MIXED)),
    ("DATA-41", PASS, "", (EXPECTED, ok("resize of the sent tensor", PICTURE, 0))),
    ("DATA-41", FAIL, "its content", (EXPECTED, ok("resize of the sent tensor", ZEROS, 0))),
    ("DATA-41", FAIL, "ValueError", (EXPECTED, fail("resize of the sent tensor", 0))),
    *(
        case
        for rule in ("DATA-33", "DATA-35")
        for case in (
            (rule, PASS, "", sent([ONE], [ONE], [ONE])),
            (rule, FAIL, "number 0 came as ['int', '0x2']", sent([ONE], [ONE], [["int", "0x2"]])),
            (rule, FAIL, "not a list of 1", sent([ONE], [], [ONE])),
            (rule, FAIL, "None came", sent([ONE], [ONE], "None")),
        )
    ),
    ("DATA-36", PASS, "", sent(*[[PICTURE, PICTURE]] * 3)),
    ("DATA-36", FAIL, "tensor 1: its content", sent(*TWO)),
    ("DATA-36", FAIL, "not 2 tensors", sent([PICTURE] * 2, [PICTURE], [PICTURE] * 2)),
    ("DATA-37", PASS, "", (ok(WAYS[0], DIGEST, 0), ok(WAYS[1], DIGEST, 0))),
    ("DATA-37", FAIL, WAYS[1], (ok(WAYS[0], DIGEST, 0), ok(WAYS[1], ["bytes", 0, "e3"], 0))),
    ("DATA-31", PASS, "", sent(*({"type": "Tensor", "storage": n} for n in (4096, 64, 2048)))),
    ("DATA-31", FAIL, "2049 bytes", sent(*({"storage": n} for n in (4096, 64, 2049)))),
    ("DATA-31", FAIL, "[1.0] bytes", sent({"storage": 4096}, "[1.0]", {"storage": 64})),
    ("DATA-09", PASS, "", (ok("apply", {"list": ["old", "old"]}, 0),)),
    ("DATA-09", FAIL, "not as it was submitted", (ok("apply", {"list": ["new", "new"]}, 0),)),
    ("DATA-09", FAIL, "neither", (ok("apply", {"list": ["new", "old"]}, 0),)),
    *((rule, PASS, "", sent(want, want, want)) for rule, (_, want, *_) in SENT.items()),
    *(
        (rule, FAIL, says, sent(want, *came))
        for rule, (_, want, change, says) in SENT.items()
        for came in ((want, want | change), (want | change, want))
    ),
    *(
        (rule, FAIL, "ValueError", (fact("expected", want, 0), fail(WAYS[0], 0)))
        for rule, (_, want, *_) in SENT.items()
    ),
]
