"""Plain bytes of sizes at which transports change their ways."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolproof import tasks_data
from poolproof.history import History
from poolproof.plan import Plan
from poolproof.rule import Kind as RuleKind
from poolproof.rule import Level, Rule
from poolproof.rules.results import all_of, gather, judge
from poolproof.stage.api import Stage
from poolproof.verdict import Judgement

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

# Bytes: nothing; PIPE_BUF and Connection's one-write limit (16 KiB); a pipe's capacity, where a
# writer starts to block; a common threshold for shared memory; a message of many pipe-fuls.
_CLIFFS = (512, 4096, 16 << 10, 64 << 10, 1 << 20)
SIZES = (0, 1, *(size + d for size in _CLIFFS for d in (-1, 0, 1)), 16 << 20)


def _plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    payload = st.fixed_dictionaries(
        {"size": st.sampled_from(SIZES), "seed": st.integers(0, 255)},
    )
    return st.fixed_dictionaries({"payloads": st.lists(payload, min_size=1, max_size=3)})


def _run(plan: Plan, stage: Stage) -> None:
    rows = [(p["size"], p["seed"]) for p in plan["payloads"]]
    pool = stage.pool()
    arguments = [(tasks_data.digest, (tasks_data.content(*row),)) for row in rows]
    gather(stage, pool, "argument of task", arguments, list)
    gather(stage, pool, "result of task", [(tasks_data.content, row) for row in rows], _digest)


def _digest(result: object) -> object:
    return tasks_data.digest(result) if isinstance(result, bytes) else [type(result).__name__]


def _check(plan: Plan, history: History) -> Judgement:
    contents = (tasks_data.content(p["size"], p["seed"]) for p in plan["payloads"])
    wanted = dict(enumerate(tasks_data.digest(data) for data in contents))
    ways = ("argument of task", "result of task")
    return all_of(judge(history, way, wanted) for way in ways)


RULES = (
    Rule(
        id="DATA-02",
        title="Bytes of any size arrive whole",
        level=Level.MUST,
        kind=RuleKind.POOL,
        demands="Arguments and results of 0 and 1 byte, of 512 bytes, 4, 16 and 64 KiB and 1 MiB, "
        "each also one byte less and more, and of 16 MiB arrive with the same SHA-256.",
        source="https://github.com/python/cpython/pull/10305",
        triage=(
            "a length field too small",
            "a short write or read taken for a whole one",
            "the size from which on a message takes another way (a second write, shared memory)",
        ),
        plans=_plans,
        run=_run,
        check=_check,
        after=("RES-01",),
    ),
)
