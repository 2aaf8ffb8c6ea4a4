"""Single calls: values and callbacks."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from poolproof import tasks_res
from poolproof.drivers import capabilities as can
from poolproof.graphs import build, trees
from poolproof.history import History, Kind
from poolproof.plan import JSON, Plan
from poolproof.rule import Kind as RuleKind
from poolproof.rule import Level, Rule
from poolproof.rules.res.errors import error_specs, type_and_args
from poolproof.rules.results import all_of, brief, gather, judge, same
from poolproof.stage.api import Stage
from poolproof.values import describe, describe_error
from poolproof.verdict import PASSED, Judgement, failed, unknown

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

DOCS = "https://docs.python.org/3/library/multiprocessing.html#multiprocessing.pool.Pool"


def _plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    tasks = st.sampled_from(sorted(tasks_res.VOCABULARY))
    jobs = st.lists(st.fixed_dictionaries({"task": tasks, "value": trees()}), min_size=1)
    return st.fixed_dictionaries({"jobs": jobs})


def _run(plan: Plan, stage: Stage) -> None:
    jobs = [(tasks_res.VOCABULARY[j["task"]], (build(j["value"]),)) for j in plan["jobs"]]
    gather(stage, stage.pool(), "apply", jobs)


def _check(plan: Plan, history: History) -> Judgement:
    serial = (tasks_res.VOCABULARY[job["task"]](build(job["value"])) for job in plan["jobs"])
    return judge(history, "apply", {key: describe(value) for key, value in enumerate(serial)})


def _callback_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    jobs = st.lists(st.integers(-999, 999) | error_specs(), min_size=1, max_size=12)
    return st.fixed_dictionaries({"jobs": jobs})


def _run_callbacks(plan: Plan, stage: Stage) -> None:
    called = threading.Semaphore(0)

    def hook(ending: str, show: Callable[[Any], JSON], key: int) -> Callable[[Any], None]:
        def call(result: Any) -> None:
            stage.note("callback", [ending, show(result)], key)
            called.release()

        return call

    pending = [
        stage.pool().submit(
            tasks_res.settle,
            spec,
            callback=hook("value", describe, key),
            error_callback=hook("error", describe_error, key),
        )
        for key, spec in enumerate(plan["jobs"])
    ]
    for key, task in enumerate(pending):
        stage.call("apply", task.get, key)
    for _ in pending:  # get() may return before the callback ran (a Future's does)
        called.acquire()
    # A second call of a callback shows up at the latest before that of a task submitted later.
    stage.pool().submit(tasks_res.identity, None, callback=lambda _: called.release()).get()
    called.acquire()
    stage.note("all called", True)


def _check_callbacks(plan: Plan, history: History) -> Judgement:
    return all_of(_callback(key, spec, history) for key, spec in enumerate(plan["jobs"]))


def _callback(key: int, spec: JSON, history: History) -> Judgement:
    calls = [e.value for e in history.of("callback", Kind.INFO) if e.key == key]
    if len(calls) > 1:
        return failed(f"the callbacks of task {key} were called {len(calls)} times, expected once")
    if not calls:
        return unknown(f"no callback of task {key} was seen: the plan did not finish")
    ending, value = calls[0]
    fails = isinstance(spec, dict)
    if fails != (ending == "error"):
        outcome = "raised" if fails else "returned"
        return failed(f"task {key} {outcome}, but its callback for an {ending} was called")
    want = type_and_args(describe_error(tasks_res.make_error(spec))) if fails else spec
    got = type_and_args(value) if fails else value
    if not same(got, want):
        return failed(f"the callback of task {key} got {brief(got)}, expected {brief(want)}")
    return PASSED


RULES = (
    Rule(
        id="RES-01",
        title="A submitted call returns what the same call returns without a pool",
        level=Level.MUST,
        kind=RuleKind.POOL,
        demands="Each result equals that of the plain call in type, value and order of items, "
        "however many calls are under way. (What is shared within it is DATA-01's.)",
        source=f"{DOCS}.apply_async",
        triage=(
            "results delivered to the wrong task (ids reused, or compared after a wrap-around)",
            "a transport that loses types: tuples as lists, keys as strings",
            "None taken for 'no result yet'",
        ),
        plans=_plans,
        run=_run,
        check=_check,
    ),
    Rule(
        id="RES-06",
        title="Each callback is called exactly once, with the value or the error",
        level=Level.MUST,
        kind=RuleKind.POOL,
        demands="For a task that returns, the callback for values is called once with the value; "
        "for one that raises, the callback for errors once with the exception.",
        source=f"{DOCS}.apply_async",
        triage=(
            "a result that arrives twice settles its task twice",
            "the error's callback gets a wrapper, not the exception that get() raises",
            "the thread that runs callbacks has died",
        ),
        plans=_callback_plans,
        run=_run_callbacks,
        check=_check_callbacks,
        needs=frozenset({can.CALLBACKS}),
        after=("RES-01",),
    ),
)
