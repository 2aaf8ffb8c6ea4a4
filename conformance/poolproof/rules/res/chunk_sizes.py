"""Chunk sizes that make no sense."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from poolproof import tasks_res
from poolproof.history import History, Kind
from poolproof.plan import Plan
from poolproof.rule import Kind as RuleKind
from poolproof.rule import Level, Rule
from poolproof.rules.results import all_of, brief, judge, settled
from poolproof.stage.api import Stage
from poolproof.verdict import PASSED, Judgement, failed, unknown

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


def _plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return st.fixed_dictionaries(
        {"n": st.integers(1, 20), "chunksize": st.just(0) | st.integers(-20, -1)}
    )


def _run(plan: Plan, stage: Stage) -> None:
    pool = stage.pool()
    ask = partial(pool.map, tasks_res.identity, range(plan["n"]), plan["chunksize"])
    stage.call("map", ask, show=list)
    stage.call("apply afterwards", lambda: pool.submit(tasks_res.identity, 7).get())


def _check(plan: Plan, history: History) -> Judgement:
    end = settled(history, "map").get(None)
    if end is None:
        return unknown("map has no end in the history: the plan did not finish")
    if end.kind is Kind.OK and end.value != list(range(plan["n"])):
        return failed(
            f"map over {plan['n']} items with chunksize={plan['chunksize']} returned "
            f"{brief(end.value)}: neither an error nor the results"
        )
    return all_of((PASSED, judge(history, "apply afterwards", {None: 7})))


RULES = (
    Rule(
        id="RES-37",
        title="map with a chunk size below 1 raises, or gives all results",
        level=Level.MUST,
        kind=RuleKind.POOL,
        demands="A chunk size of 0, as a division may give, or a negative one is refused with an "
        "exception, or taken for the default. map never returns a list that is not that of the "
        "results; afterwards the pool runs tasks as before.",
        source="https://docs.python.org/3/library/multiprocessing.html"
        "#multiprocessing.pool.Pool.map",
        triage=("a map of no chunks is ready at once, with None for each item",),
        plans=_plans,
        run=_run,
        check=_check,
        after=("RES-02",),
    ),
)
