"""Payloads of sizes at which transports change their ways."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from poolproof import portraits, tasks_data
from poolproof.drivers import capabilities as can
from poolproof.history import History
from poolproof.plan import JSON, Plan
from poolproof.rule import Kind as RuleKind
from poolproof.rule import Level, Rule
from poolproof.rules.data import both_ways
from poolproof.rules.data.both_ways import WAYS
from poolproof.rules.data.dense import VALUES
from poolproof.rules.results import all_of, gather, judge
from poolproof.stage.api import Stage
from poolproof.verdict import Judgement

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

# Bytes: nothing; PIPE_BUF and Connection's one-write limit (16 KiB); a pipe's capacity, where a
# writer starts to block; a common threshold for shared memory.
_CLIFFS = (512, 4096, 16 << 10, 64 << 10, 1 << 20)
SIZES = (0, 1, *(size + d for size in _CLIFFS for d in (-1, 0, 1)))
# Messages of many pipe-fuls, beyond 2**24 bytes, and of an odd length.
HEAVY = (16 << 20, (24 << 20) + 1, 33 << 20)


def _plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    payload = st.fixed_dictionaries({"size": st.sampled_from(SIZES), "seed": st.integers(0, 255)})
    return st.fixed_dictionaries({"payloads": st.lists(payload, min_size=1, max_size=3)})


def _heavy_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    payload = st.fixed_dictionaries({"size": st.sampled_from(HEAVY), "seed": st.just(1)})
    return st.fixed_dictionaries({"payloads": st.tuples(payload).map(list)})


def _run(plan: Plan, stage: Stage) -> None:
    rows = [(p["size"], p["seed"]) for p in plan["payloads"]]
    pool = stage.pool()
    arguments = [(tasks_data.digest, (tasks_data.content(*row),)) for row in rows]
    gather(stage, pool, WAYS[0], arguments, list)
    gather(stage, pool, WAYS[1], [(tasks_data.content, row) for row in rows], _digest)


def _digest(result: object) -> object:
    return tasks_data.digest(result) if isinstance(result, bytes) else [type(result).__name__]


def _check(plan: Plan, history: History) -> Judgement:
    contents = (tasks_data.content(p["size"], p["seed"]) for p in plan["payloads"])
    wanted = dict(enumerate(tasks_data.digest(data) for data in contents))
    return all_of(judge(history, way, wanted) for way in WAYS)


def _messages_of_tensors() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    one = st.fixed_dictionaries(
        {
            "dtype": st.sampled_from(["uint8", "int16", "float32", "complex128"]),
            "bytes": st.sampled_from(SIZES),
            "fill": st.just("random"),
            "seed": st.integers(0, 255),
        }
    )
    return both_ways.plans(st.lists(one, min_size=1, max_size=3), 3)


def _differ(got: JSON, want: JSON) -> str:
    if not isinstance(got, list) or len(got) != len(want):
        return f"{got} came, and not {len(want)} tensors"
    each = enumerate(zip(got, want, strict=True))
    told = ((n, portraits.difference(*pair, VALUES)) for n, pair in each)
    return next((f"tensor {n}: {difference}" for n, difference in told if difference), "")


def _told(specs: Any) -> str:
    return "tensors of " + ", ".join(f"{spec['bytes']} bytes" for spec in specs)


_TRIAGE = (
    "a length field too small",
    "a short write or read taken for a whole one",
    "the size from which on a message takes another way (a second write, shared memory)",
)

RULES = (
    Rule(
        id="DATA-02",
        title="Bytes of any size arrive whole",
        level=Level.MUST,
        kind=RuleKind.POOL,
        demands="Arguments and results of 0 and 1 byte, of 512 bytes, 4, 16 and 64 KiB and 1 MiB, "
        "each also one byte less and more, arrive with the same SHA-256.",
        source="https://github.com/python/cpython/pull/10305",
        triage=_TRIAGE,
        plans=_plans,
        run=_run,
        check=_check,
        after=("RES-01",),
    ),
    Rule(
        id="DATA-36",
        title="Tensors of any size arrive whole, several in a message too",
        level=Level.MUST,
        kind=RuleKind.POOL,
        demands="Lists of one to three tensors arrive bit by bit, as arguments and as results. "
        "Each has as many bytes as bytes had in DATA-02, or less by a part of an element.",
        source="https://docs.pytorch.org/docs/stable/notes/multiprocessing.html",
        triage=(*_TRIAGE, "tensors of one message that take different ways"),
        plans=_messages_of_tensors,
        run=both_ways.sends(tasks_data.of_bytes, tasks_data.portray_all),
        check=both_ways.check(_differ, _told),
        needs=frozenset({can.TORCH}),
        after=("DATA-02", "DATA-03"),
    ),
    Rule(
        id="DATA-37",
        title="Payloads of many MiB arrive whole",
        level=Level.MUST,
        kind=RuleKind.POOL,
        demands="Bytes of 16, 24 and 33 MiB arrive with the same SHA-256, as an argument and as a "
        "result.",
        source="https://github.com/python/cpython/pull/10305",
        triage=(*_TRIAGE, "both sides wait for the other to read"),
        plans=_heavy_plans,
        run=_run,
        check=_check,
        after=("DATA-02",),
        all_plans=len(HEAVY),
    ),
)
