"""What the rules of data integrity say of histories written by hand."""

from __future__ import annotations

from typing import Any

from poolproof import tasks_data
from poolproof.history import Event
from poolproof.rules.data.both_ways import WAYS
from poolproof.verdict import Verdict
from poolproof_literal_histories import fact, fail, ok

PASS, FAIL, UNKNOWN = Verdict.PASS, Verdict.FAIL, Verdict.UNKNOWN
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
PICTURE: dict[str, Any] = {
    "type": "Tensor",
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
    "DATA-30": ({"at": 70000}, PICTURE, {"sha256": "bb"}, "content (SHA-256) is bb"),
    "DATA-32": ({"own": True}, TAGGED, {"type": "Tensor"}, "type is Tensor, expected Tagged"),
    "DATA-38": ({}, ARRAY | {"write": "1"}, {"write": "read-only"}, "its write is read-only"),
    "DATA-39": ({"own": False}, TAGGED, {"attributes": {}}, "attributes is {}"),
    "DATA-40": ({}, SPARSE, {"requires_grad": False}, "requires_grad is False"),
}
GRAPH = {"list": [{"list": []}, {"ref": 1}]}
PLANS: dict[str, dict[str, Any]] = {
    "DATA-01": {"values": [GRAPH]},
    "DATA-02": {"payloads": [{"size": 1, "seed": 3}]},
    "DATA-31": {"values": [{"at": 70000}]},
    "DATA-06": {"messages": [{"whole": SPEC, "views": []}]},
    "DATA-07": {"values": [GRAPH]},
    "DATA-08": {"tensors": [SPEC]},
    "DATA-09": {"lengths": [2]},
    **{rule: {"tensors": [SPEC]} for rule in DENSE},
    **{rule: {"values": [spec]} for rule, (spec, *_) in SENT.items()},
}
DIGEST = tasks_data.digest(tasks_data.content(1, 3))
UNSHARED = {"list": [{"list": []}, {"list": []}]}
EXPECTED = fact("expected", PICTURE, 0)


def both(argument: Event, result: Event | None = None) -> tuple[Event, ...]:
    """A dense tensor's history: what was expected, and how each way ended."""
    return EXPECTED, argument, result or ok(WAYS[1], PICTURE, 0)


def arrived(**changes: Any) -> Event:
    return ok(WAYS[0], PICTURE | changes, 0)


def sent(picture: Any, argument: Any, result: Any) -> tuple[Event, ...]:
    """A value's history: the portrait expected, and those of what came both ways."""
    return fact("expected", picture, 0), ok(WAYS[0], argument, 0), ok(WAYS[1], result, 0)


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
