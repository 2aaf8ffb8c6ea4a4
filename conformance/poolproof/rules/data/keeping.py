"""Tensors that are kept, forwarded, written to and resized after they arrived."""

from __future__ import annotations

import gc
from functools import partial
from typing import TYPE_CHECKING, Any

from poolproof import portraits, tasks_data, tasks_res, tensors
from poolproof.drivers import capabilities as can
from poolproof.drivers.base import Pool
from poolproof.history import Event, History, Kind
from poolproof.plan import JSON, Plan
from poolproof.rule import Kind as RuleKind
from poolproof.rule import Level, Rule
from poolproof.rules.data import both_ways
from poolproof.rules.data.dense import VALUES
from poolproof.rules.results import Job, all_of, gather, name, raised
from poolproof.stage.api import Stage
from poolproof.verdict import PASSED, Judgement, failed, unknown

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

_LARGE = ([40, 50], [100, 100], [300, 300])  # 2 KB to 1.4 MB
_NAME = "kept"


def _specs() -> SearchStrategy[tensors.Spec]:
    """Contiguous tensors of numbers above 0, small and large."""
    from hypothesis import strategies as st

    dtypes = ("uint8", "int16", "float32", "complex64", "int64", "float64", "complex128")
    small = tensors.specs(dtypes, ("numbers",), smallest=1).map(lambda spec: spec | {"views": []})
    return small | st.builds(lambda s, n: s | {"shape": n}, small, st.sampled_from(_LARGE))


def _kept_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return st.fixed_dictionaries({"tensor": _specs(), "others": st.integers(1, 8)})


def _run_kept(plan: Plan, stage: Stage) -> None:
    pool = stage.pool(1)
    _leave(plan["tensor"], stage, pool)
    gc.collect()
    seeds = (plan["tensor"]["seed"] + 1 + n for n in range(plan["others"]))
    others = [tensors.build(plan["tensor"] | {"seed": seed}) for seed in seeds]
    jobs: list[Job] = [(tasks_res.identity, (tensor,)) for tensor in others]
    gather(stage, pool, "another message", jobs, tensors.portrait)
    stage.call("what the worker kept", pool.submit(tasks_data.kept, _NAME).get, 0, tensors.portrait)


def _leave(spec: tensors.Spec, stage: Stage, pool: Pool) -> None:
    """Send a tensor that the worker keeps, then write to the caller's and forget it."""
    tensor = tensors.build(spec)
    stage.note("expected", tensors.portrait(tensor), 0)
    task = pool.submit(tasks_data.keep, _NAME, tensor)
    stage.call("the argument", task.get, 0, _same)
    if can.SHARES not in stage.capabilities:
        tensor.zero_()


def _check_kept(plan: Plan, history: History) -> Judgement:
    want = _facts(history, "expected").get(0)
    ends = (_end(history, op, 0) for op in ("the argument", "what the worker kept"))
    return all_of(_as_expected(end, want) for end in ends)


def _as_expected(end: Event | None, want: JSON) -> Judgement:
    if end is None or want is None:
        return unknown("an operation has no end in the history: the plan did not finish")
    where = name(end.op, end.key)
    if end.kind is Kind.FAIL:
        return failed(f"{where} raised {raised(end)}")
    if end.value == portraits.stranger(None):
        return unknown("the only worker of the pool is not the one that kept the tensor")
    difference = portraits.difference(end.value, want, VALUES)
    return failed(f"{where}: {difference}") if difference else PASSED


def _end(history: History, op: str, key: int) -> Event | None:
    ends = (e for e in history.of(op) if e.kind in (Kind.OK, Kind.FAIL) and e.key == key)
    return next(ends, None)


def _facts(history: History, op: str) -> dict[Any, JSON]:
    return {e.key: e.value for e in history.of(op, Kind.INFO)}


def _written_plans() -> SearchStrategy[Plan]:
    return both_ways.plans(_specs(), 4, "tensors")


def _run_written(plan: Plan, stage: Stage) -> None:
    pool = stage.pool()
    stage.note("the pool shares tensors", can.SHARES in stage.capabilities)
    for key, spec in enumerate(plan["tensors"]):
        own = tensors.build(spec)
        stage.note("expected", tensors.portrait(own), key)
        stage.note("written", tensors.portrait(tasks_data.overwrite(own.clone())), key)
        _write(own, "argument", key, stage, pool)
        result = stage.call("result", pool.submit(tensors.build, spec).get, key, tensors.portrait)
        _write(result, "forwarded result", key, stage, pool)


def _write(tensor: Any, what: str, key: int, stage: Stage, pool: Pool) -> None:
    task = pool.submit(tasks_data.overwrite, tensor)
    stage.call(f"write to the {what}", task.get, key, tensors.portrait)
    stage.note(f"the {what} afterwards", tensors.portrait(tensor), key)


def _check_written(plan: Plan, history: History) -> Judgement:
    shares = any(e.value for e in history.of("the pool shares tensors"))
    expected, written = _facts(history, "expected"), _facts(history, "written")
    left = written if shares else expected  # what the caller's own tensor must be
    keys = range(len(plan["tensors"]))
    return all_of(
        judgement
        for key in keys
        for judgement in (
            _as_expected(_end(history, "result", key), expected.get(key)),
            *(
                judgement
                for what in ("argument", "forwarded result")
                for judgement in (
                    _as_expected(_end(history, f"write to the {what}", key), written.get(key)),
                    _left(what, key, history, left.get(key), shares),
                )
            ),
        )
    )


def _left(what: str, key: int, history: History, want: JSON, shares: bool) -> Judgement:
    got = _facts(history, f"the {what} afterwards").get(key)
    if got is None or want is None:
        return unknown(f"the {what} {key} was not looked at afterwards")
    difference = portraits.difference(got, want, VALUES)
    if not difference:
        return PASSED
    declared = "declares to share tensors" if shares else "does not declare to share tensors"
    return failed(
        f"a task wrote to the {what} {key} in a pool that {declared}; of the caller's own, "
        f"{difference}"
    )


def _run_sent(plan: Plan, stage: Stage) -> None:
    pool = stage.pool()
    for key, spec in enumerate(plan["tensors"]):
        own = tensors.build(spec)
        stage.note("expected", tensors.portrait(own.flatten()), key)
        stage.call("send", pool.submit(tensors.portrait, own).get, key, _same)
        stage.call("resize of the sent tensor", partial(tasks_data.grow, own), key, _same)


def _same(told: JSON) -> JSON:
    return told


def _check_sent(plan: Plan, history: History) -> Judgement:
    wanted = _facts(history, "expected")
    keys = range(len(plan["tensors"]))
    ends = ((_end(history, "resize of the sent tensor", key), wanted.get(key)) for key in keys)
    return all_of(_as_expected(*end) for end in ends)


def _run_grow(plan: Plan, stage: Stage) -> None:
    both_ways.send(
        plan["values"],
        stage,
        stage.pool(),
        tensors.build,
        tasks_data.grow,
        expect=lambda tensor: tensor.clone(),
    )


_TORCH = frozenset({can.TORCH})
_AFTER = ("DATA-03",)

RULES = (
    Rule(
        id="DATA-27",
        title="A tensor that a worker keeps stays what it was",
        level=Level.MUST,
        kind=RuleKind.POOL,
        demands="A task keeps its argument in a global of its module. The caller writes to its "
        "own tensor and drops it, and other tensors of that size go through the worker and back. "
        "A later task still finds what was sent.",
        source="https://docs.pytorch.org/docs/stable/notes/multiprocessing.html",
        triage=(
            "memory of a message used again when its task is done, though the tensor lives on",
            "the caller's own memory mapped into the worker",
        ),
        plans=_kept_plans,
        run=_run_kept,
        check=_check_kept,
        needs=_TORCH,
        after=_AFTER,
    ),
    Rule(
        id="DATA-28",
        title="A task's write to a tensor reaches the caller only where the pool shares tensors",
        level=Level.MUST,
        kind=RuleKind.POOL,
        demands="A task that overwrites its argument changes nothing in the caller, be it a "
        "tensor of the caller's own or the result of an earlier task, passed on. In a pool that "
        "declares to share tensors, the caller sees every write.",
        source="https://docs.pytorch.org/docs/stable/multiprocessing.html",
        triage=(
            "a result that lies in shared memory and is passed on by reference",
            "a pool of torch's reducers that does not declare `shares`",
        ),
        plans=_written_plans,
        run=_run_written,
        check=_check_written,
        needs=_TORCH,
        after=_AFTER,
    ),
    Rule(
        id="DATA-29",
        title="A tensor that arrived can be resized, and keeps its elements",
        level=Level.SHOULD,
        kind=RuleKind.POOL,
        demands="resize_() to more elements, in the task and for a result in the caller, leaves "
        "the old elements as they were. (Storages in shared memory cannot be resized.)",
        source="https://docs.pytorch.org/docs/stable/generated/torch.Tensor.resize_.html",
        triage=("tensors that stand in a message or in shared memory",),
        plans=lambda: both_ways.plans(_specs(), 4),
        run=_run_grow,
        check=both_ways.check(portraits.differ("dtype", "sha256")),
        needs=_TORCH,
        after=_AFTER,
    ),
    Rule(
        id="DATA-41",
        title="A tensor that was sent can still be resized by the caller",
        level=Level.SHOULD,
        kind=RuleKind.POOL,
        demands="resize_() of a tensor that was an argument, in the caller and after its task is "
        "done, leaves the old elements as they were. (Sending by torch's reducers moves the "
        "caller's storage into shared memory, where torch 2.13 crashes in resize_().)",
        source="https://docs.pytorch.org/docs/stable/generated/torch.Tensor.resize_.html",
        triage=("the caller's own storage moved into shared memory when it was sent",),
        plans=lambda: both_ways.plans(_specs(), 4, "tensors"),
        run=_run_sent,
        check=_check_sent,
        needs=_TORCH,
        after=_AFTER,
    ),
)
