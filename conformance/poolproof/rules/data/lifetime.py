"""Results that outlive the pool."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

from poolproof import portraits, tensors
from poolproof.drivers import capabilities as can
from poolproof.history import History, Kind
from poolproof.plan import JSON, Plan
from poolproof.rule import Kind as RuleKind
from poolproof.rule import Level, Rule
from poolproof.rules.data.dense import VALUES
from poolproof.rules.results import Job, all_of, gather, raised, settled
from poolproof.stage.api import Stage
from poolproof.verdict import PASSED, Judgement, failed, unknown

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


def _plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    small = tensors.specs(("int64", "float32", "uint8"), ("numbers",))
    large = small.map(lambda spec: spec | {"shape": [300, 300], "views": []})  # 90 to 720 KB
    return st.fixed_dictionaries({"tensors": st.lists(small | large, min_size=1, max_size=4)})


def _run(plan: Plan, stage: Stage) -> None:
    for key, spec in enumerate(plan["tensors"]):
        stage.note("expected", tensors.portrait(tensors.build(spec)), key)
    jobs: list[Job] = [(tensors.build, (spec,)) for spec in plan["tensors"]]
    with stage.fresh_pool(1) as pool:
        results = gather(stage, pool, "result of task", jobs, tensors.portrait)
        pool.close()
    del pool
    gc.collect()
    for key, result in enumerate(results):
        stage.note("after close", tensors.portrait(result), key)


def _check(plan: Plan, history: History) -> Judgement:
    return all_of(_lasted(key, history) for key in range(len(plan["tensors"])))


def _lasted(key: int, history: History) -> Judgement:
    want = _fact("expected", key, history)
    after = _fact("after close", key, history)
    end = settled(history, "result of task").get(key)
    if end is not None and end.kind is Kind.FAIL:
        return failed(f"result of task {key} raised {raised(end)}")
    if want is None or after is None:
        return unknown(f"result {key} was not looked at after close(): the plan did not finish")
    difference = portraits.difference(after, want, VALUES)
    return failed(f"result {key} after close(): {difference}") if difference else PASSED


def _fact(op: str, key: int, history: History) -> JSON:
    return next((e.value for e in history.of(op, Kind.INFO) if e.key == key), None)


RULES = (
    Rule(
        id="DATA-08",
        title="Results outlive their worker and their pool",
        level=Level.MUST,
        kind=RuleKind.POOL,
        demands="Tensors that get() has returned keep their content after close(), when the "
        "worker that made them and the pool are gone.",
        source="https://github.com/pytorch/pytorch/issues/70536",
        triage=(
            "the worker owns the segment and takes it with it",
            "the pool frees its memory while results still point into it",
        ),
        plans=_plans,
        run=_run,
        check=_check,
        needs=frozenset({can.TORCH}),
        after=("DATA-03",),
    ),
)
