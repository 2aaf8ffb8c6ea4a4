"""Results that outlive what their worker does next, the worker, and the pool."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import TYPE_CHECKING

from poolproof import portraits, tensors
from poolproof.drivers import capabilities as can
from poolproof.history import History, Kind
from poolproof.plan import JSON, Plan
from poolproof.rule import Kind as RuleKind
from poolproof.rule import Level, Rule
from poolproof.rules.data.cuda import NEEDS, NOTES, on_device
from poolproof.rules.data.dense import VALUES
from poolproof.rules.results import Job, all_of, gather, raised, settled
from poolproof.stage.api import Stage
from poolproof.tasks_data import write_over
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


def _cuda_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    specs = tensors.specs(("int64", "float32", "uint8"), ("numbers",))
    large = specs.map(lambda spec: spec | {"shape": [300, 300], "views": []})
    return st.fixed_dictionaries(
        {"tensors": st.lists(on_device(specs | large), min_size=1, max_size=4)}
    )


def _run_cuda(plan: Plan, stage: Stage) -> None:
    specs = plan["tensors"]
    for key, spec in enumerate(specs):
        stage.note("expected", tensors.portrait(tensors.build(spec)), key)
    pool = stage.pool(1)
    results = gather(stage, pool, "result of task", [(tensors.build, (spec,)) for spec in specs])
    # The worker lets go of what it sent, and is given memory of the same sizes for other things.
    again = [(write_over, (tensors.build(spec).cpu(), spec["device"])) for spec in specs]
    gather(stage, pool, "write over", again)
    for key, result in enumerate(results):
        stage.note("after other tasks", tensors.portrait(result), key)


def _check_after(moment: str) -> Callable[[Plan, History], Judgement]:
    def check(plan: Plan, history: History) -> Judgement:
        return all_of(_lasted(key, moment, history) for key in range(len(plan["tensors"])))

    return check


def _lasted(key: int, moment: str, history: History) -> Judgement:
    want = _fact("expected", key, history)
    after = _fact(moment, key, history)
    end = settled(history, "result of task").get(key)
    if end is not None and end.kind is Kind.FAIL:
        return failed(f"result of task {key} raised {raised(end)}")
    if want is None or after is None:
        return unknown(f"result {key} was not looked at {moment}: the plan did not finish")
    difference = portraits.difference(after, want, VALUES)
    return failed(f"result {key} {moment}: {difference}") if difference else PASSED


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
        check=_check_after("after close"),
        needs=frozenset({can.TORCH}),
        after=("DATA-03",),
    ),
    Rule(
        id="DATA-45",
        title="CUDA results last while their worker goes on",
        level=Level.MUST,
        kind=RuleKind.POOL,
        demands="The memory of a CUDA tensor that get() has returned is not given to anything "
        "else while the caller has it, whatever its worker does next. (torch asks that the worker "
        "lives as long; this one does.)",
        source=NOTES,
        triage=(
            "the worker frees the block when the result is sent, and not when the receiver did",
            "the caching allocator hands out a block that another process still maps",
        ),
        plans=_cuda_plans,
        run=_run_cuda,
        check=_check_after("after other tasks"),
        needs=NEEDS | {can.POSIX},
        after=("DATA-43",),
    ),
)
