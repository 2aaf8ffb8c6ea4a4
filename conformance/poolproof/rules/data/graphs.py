"""Object graphs: shared references, isolation from the worker, and from later changes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from poolproof import tasks_data, tasks_res
from poolproof.drivers import capabilities as can
from poolproof.graphs import build, graphs, trees
from poolproof.history import History
from poolproof.plan import JSON, Plan
from poolproof.rule import Kind as RuleKind
from poolproof.rule import Level, Rule
from poolproof.rules.results import Job, all_of, brief, gather, judge
from poolproof.stage.api import Stage
from poolproof.values import describe
from poolproof.verdict import PASSED, Judgement, failed, unknown

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


def _plans() -> SearchStrategy[Plan]:
    return _lists_of(graphs())


def _lists_of(items: SearchStrategy[JSON]) -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    rooted = st.lists(items, max_size=4).map(lambda each: {"list": each})
    return st.fixed_dictionaries({"values": st.lists(rooted, min_size=1, max_size=4)})


def _run(plan: Plan, stage: Stage) -> None:
    jobs: list[Job] = [(tasks_data.seen, (build(spec),)) for spec in plan["values"]]
    gather(stage, stage.pool(), "apply", jobs, _both_ways)


def _both_ways(result: Any) -> JSON:
    try:
        text, value = result
        return {"argument": json.loads(text), "result": describe(value)}
    except (TypeError, ValueError):
        return {"argument": None, "result": describe(result)}


def _check(plan: Plan, history: History) -> Judgement:
    wanted = enumerate(describe(build(spec)) for spec in plan["values"])
    return judge(history, "apply", {k: {"argument": w, "result": w} for k, w in wanted}, _differ)


def _differ(got: JSON, want: JSON) -> str:
    for way in ("argument", "result"):
        if got[way] != want[way]:
            return f"the {way} arrived as {brief(got[way])}, sent was {brief(want[way])}"
    return ""


def _isolation_plans() -> SearchStrategy[Plan]:
    return _lists_of(trees())


def _run_isolation(plan: Plan, stage: Stage) -> None:
    values = [build(spec) for spec in plan["values"]]
    jobs: list[Job] = [(tasks_data.scribble, (value,)) for value in values]
    gather(stage, stage.pool(), "scribble", jobs)
    for key, value in enumerate(values):
        stage.note("caller's value afterwards", describe(value), key)


def _check_isolation(plan: Plan, history: History) -> Judgement:
    expected = {key: describe(build(spec)) for key, spec in enumerate(plan["values"])}
    counts = {key: tasks_data.scribble(build(spec)) for key, spec in enumerate(plan["values"])}
    after = {e.key: e.value for e in history.of("caller's value afterwards")}
    untouched = (_untouched(key, after, want) for key, want in expected.items())
    return all_of((*untouched, judge(history, "scribble", counts)))


def _untouched(key: int, after: dict[Any, JSON], want: JSON) -> Judgement:
    if key not in after:
        return unknown(f"the caller's value {key} was not looked at afterwards")
    if after[key] != want:
        return failed(
            f"task {key} wrote to its argument, and the caller's value changed to "
            f"{brief(after[key])}; it was {brief(want)}"
        )
    return PASSED


def _change_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    lengths = st.lists(st.integers(1, 40), min_size=1, max_size=12)
    return st.fixed_dictionaries({"lengths": lengths})


def _run_change(plan: Plan, stage: Stage) -> None:
    pool = stage.pool()
    pending = []
    for length in plan["lengths"]:
        value = ["old"] * length
        pending.append(pool.submit(tasks_res.identity, value))
        value[:] = ["new"] * length  # one step of the interpreter: nobody sees half of it
    for key, task in enumerate(pending):
        stage.call("apply", task.get, key)


def _check_change(plan: Plan, history: History) -> Judgement:
    wanted = {key: {"list": ["old"] * length} for key, length in enumerate(plan["lengths"])}
    return judge(history, "apply", wanted, _how_changed)


def _how_changed(got: JSON, want: JSON) -> str:
    if got == want:
        return ""
    if got == {"list": ["new"] * len(want["list"])}:
        return (
            "the argument arrived as it was after the caller changed it, not as it was submitted: "
            "submit() had returned, but its argument was not copied yet"
        )
    return f"the argument arrived as {brief(got)}, neither as submitted nor as changed later"


RULES = (
    Rule(
        id="DATA-01",
        title="Object graphs keep their shared references and cycles",
        level=Level.MUST,
        kind=RuleKind.POOL,
        demands="Within one argument and within one result, two references to one object are two "
        "references to one object on the other side; cycles are cycles; types and order stay.",
        source="https://docs.python.org/3/library/pickle.html#module-pickle",
        triage=("parts of one message pickled apart", "a transport that knows no references"),
        plans=_plans,
        run=_run,
        check=_check,
        after=("RES-01",),
    ),
    Rule(
        id="DATA-07",
        title="A task that writes to its argument changes nothing in the caller",
        level=Level.MUST,
        kind=RuleKind.POOL,
        demands="Lists, dicts, sets and bytearrays that a task changes in its argument stay as "
        "they were in the caller. (Tensors may be shared: that is no part of this rule.)",
        source="https://docs.python.org/3/library/multiprocessing.html"
        "#exchanging-objects-between-processes",
        triage=("a task run in the caller's process as a short cut", "arguments in shared memory"),
        plans=_isolation_plans,
        run=_run_isolation,
        check=_check_isolation,
        needs=frozenset({can.PROCESSES}),
        after=("RES-01",),
    ),
    Rule(
        id="DATA-09",
        title="What was submitted is what arrives, though the caller changes it afterwards",
        level=Level.SHOULD,
        kind=RuleKind.POOL,
        demands="submit() and apply_async() take the argument as it is when they are called. A "
        "pool that pickles later, in a thread, sends whatever the caller has made of it since.",
        source="https://github.com/ICRAR/daliuge/pull/239",
        triage=("arguments pickled by a feeder thread", "a queue of tasks that holds live objects"),
        plans=_change_plans,
        run=_run_change,
        check=_check_change,
        needs=frozenset({can.PROCESSES}),
        after=("RES-01",),
        stochastic=True,
    ),
)
