"""Pools inside of pools."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from poolproof.checkers.judging import judge
from poolproof.drivers import capabilities as can
from poolproof.history import History, Kind
from poolproof.plan import Plan
from poolproof.rule import Kind as Driver
from poolproof.rule import Level, Rule
from poolproof.rules.results import raised, settled
from poolproof.stage.api import Stage
from poolproof.tasks_life import nest, work
from poolproof.values import describe
from poolproof.verdict import Judgement

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


def _plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return st.fixed_dictionaries({"inner": st.integers(1, 2), "tasks": st.integers(1, 2)})


def _run(plan: Plan, stage: Stage) -> None:
    with stage.fresh_pool(1) as pool:
        nested = pool.submit(
            nest, stage.spec, stage.start_method, plan["inner"], list(range(plan["tasks"]))
        )
        stage.call("nested", nested.get)
        stage.call("get", pool.submit(work, stage.folder, 1).get)
        stage.call("close", pool.close)


def _check(plan: Plan, history: History) -> Judgement:
    missing = "" if settled(history, "close") else "the pool was not closed"
    return judge(_problems(plan, history), missing=missing)


def _problems(plan: Plan, history: History) -> Iterator[str]:
    values = describe(list(range(plan["tasks"])))
    for end in settled(history, "nested").values():
        if end.kind is Kind.OK and end.value != values:
            yield f"a pool inside of a task returned {end.value}; expected an error or {values}"
        elif end.kind is Kind.FAIL and "builtins.Exception" not in end.value["bases"]:
            yield f"a pool inside of a task raised {raised(end)}, not an Exception"
    for op in ("get", "close"):
        for end in settled(history, op).values():
            if end.kind is Kind.FAIL:
                yield f"after a task opened a pool of its own, {op} raised {raised(end)}"


NESTED = Rule(
    id="LIFE-23",
    title="A task that opens a pool of its own works or is refused, and never hangs",
    level=Level.MUST,
    kind=Driver.POOL,
    demands=(
        "A task opens a pool like the one that runs it, maps over it and closes it. It returns "
        "the values, or raises (workers that are daemons may have no children). The outer pool "
        "goes on to work, and can be closed."
    ),
    source="https://github.com/pytorch/pytorch/issues/15950",
    triage=(
        "Does the inner pool use a lock or thread that its process inherited by fork?",
        "Does the worker wait at its end for the inner pool's processes?",
    ),
    plans=_plans,
    run=_run,
    check=_check,
    needs=frozenset({can.PROCESSES}),
    deadline_s=20.0,
    all_plans=4,
)

RULES = (NESTED,)
