"""map_async: one result and one callback for many items, or for none."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

from poolproof import tasks_res
from poolproof.drivers import capabilities as can
from poolproof.history import History, Kind
from poolproof.plan import JSON, Plan
from poolproof.rule import Kind as RuleKind
from poolproof.rule import Level, Rule
from poolproof.rules.results import all_of, brief, judge, same
from poolproof.stage.api import Stage
from poolproof.values import describe, describe_error
from poolproof.verdict import PASSED, Judgement, failed, unknown

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

DOCS = "https://docs.python.org/3/library/multiprocessing.html#multiprocessing.pool.Pool"
MOST = 20
FEEDS: dict[str, Callable[[range], Iterable[int]]] = {
    "range": lambda numbers: numbers,
    "list": list,
    "generator": lambda numbers: (number for number in numbers),
}
_CHUNKSIZES = (None, 1, 7)


def _plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return st.fixed_dictionaries(
        {
            "n": st.integers(1, MOST),
            "bad": st.lists(st.integers(0, MOST - 1), max_size=2, unique=True).map(sorted),
            "chunksize": st.none() | st.integers(1, MOST + 5),
            "feed": st.sampled_from(sorted(FEEDS)),
        }
    )


def _empty_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return st.fixed_dictionaries(
        {
            "n": st.just(0),
            "bad": st.just([]),
            "chunksize": st.sampled_from(_CHUNKSIZES),
            "feed": st.sampled_from(sorted(FEEDS)),
        }
    )


def _run(plan: Plan, stage: Stage) -> None:
    pool = stage.pool()
    called = threading.Semaphore(0)

    def hook(ending: str, show: Callable[[Any], JSON]) -> Callable[[Any], None]:
        def call(result: Any) -> None:
            stage.note("called", [ending, show(result)])
            called.release()

        return call

    pending = pool.map_async(
        partial(tasks_res.recorded_unless, stage.folder, frozenset(plan["bad"])),
        FEEDS[plan["feed"]](range(plan["n"])),
        plan["chunksize"],
        hook("value", describe),
        hook("error", describe_error),
    )
    stage.call("map_async", pending.get)
    stage.call("callback", called.acquire)
    # A second call shows up at the latest before that of a task submitted later.
    pool.submit(tasks_res.identity, None, callback=lambda _: called.release()).get()
    stage.call("last callback", called.acquire)


def _check(plan: Plan, history: History) -> Judgement:
    calls = [event.value for event in history.of("called", Kind.INFO)]
    if len(calls) > 1:
        return failed(f"the callbacks of one map_async were called {len(calls)} times: {calls}")
    ends = judge(history, "last callback", {None: describe(True)})
    return all_of((*(_called(plan, *call) for call in calls), _got(plan, history), ends))


def _bad(plan: Plan) -> list[int]:
    return [number for number in plan["bad"] if number < plan["n"]]


def _called(plan: Plan, ending: str, value: JSON) -> Judgement:
    if bad := _bad(plan):
        if ending == "error" and value["args"] in [[number] for number in bad]:
            return PASSED
        wanted = f"the error of one of the tasks {bad}"
    else:
        if ending == "value" and same(value, describe(list(range(plan["n"])))):
            return PASSED
        wanted = f"the list of {plan['n']} results"
    return failed(f"the callback for the {ending} got {brief(value)}, expected {wanted}")


def _got(plan: Plan, history: History) -> Judgement:
    if not _bad(plan):
        return judge(history, "map_async", {None: describe(list(range(plan["n"])))})
    if history.ok("map_async"):
        return failed(f"tasks {_bad(plan)} of map_async raised, and its get() returned a value")
    return PASSED if history.failures("map_async") else unknown("map_async was not seen to end")


RULES = (
    Rule(
        id="RES-35",
        title="The callback of map_async is called once, with the whole list or an error",
        level=Level.MUST,
        kind=RuleKind.POOL,
        demands="However the items are cut into chunks, one of the two callbacks is called: the "
        "one for values with the list of all results, in order; where tasks raise, the one for "
        "errors with one of their exceptions.",
        source=f"{DOCS}.map_async",
        triage=("a callback for each chunk", "a callback for each error"),
        plans=_plans,
        run=_run,
        check=_check,
        needs=frozenset({can.MAP_ASYNC, can.CALLBACKS}),
        after=("RES-02",),
    ),
    Rule(
        id="RES-36",
        title="The callback of a map_async of no items is called, with an empty list",
        level=Level.MUST,
        kind=RuleKind.POOL,
        demands="A map_async of no items is ready at once. As documented, the callback is applied "
        "when the result becomes ready: once, with []. A program that goes on in the callback "
        "would wait for ever.",
        source=f"{DOCS}.map_async",
        triage=("a result that is made ready in its constructor, which calls nothing",),
        plans=_empty_plans,
        run=_run,
        check=_check,
        needs=frozenset({can.MAP_ASYNC, can.CALLBACKS}),
        after=("RES-35",),
        all_plans=len(_CHUNKSIZES) * len(FEEDS),
    ),
)
