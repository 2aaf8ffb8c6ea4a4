"""Workers that are replaced after a number of tasks."""

from __future__ import annotations

from collections import Counter
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
from poolproof.tasks_life import work
from poolproof.verdict import Judgement

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


def _plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return st.fixed_dictionaries(
        {"workers": st.integers(1, 2), "limit": st.integers(1, 4), "tasks": st.integers(1, 12)}
    )


def _run(plan: Plan, stage: Stage) -> None:
    with stage.fresh_pool(plan["workers"], max_tasks=plan["limit"]) as pool:
        pending = [pool.submit(work, stage.folder, key) for key in range(plan["tasks"])]
        for key, result in enumerate(pending):
            stage.call("get", result.get, key)


def _check(plan: Plan, history: History) -> Judgement:
    short = len(settled(history, "get")) < plan["tasks"]
    return judge(_problems(plan, history), missing="not all results were read" if short else "")


def _problems(plan: Plan, history: History) -> Iterator[str]:
    for key, end in settled(history, "get").items():
        if end.kind is Kind.FAIL:
            yield f"with {plan['limit']} task(s) a worker, task {key} raised {raised(end)}"
        elif end.value != key:
            yield f"with {plan['limit']} task(s) a worker, task {key} returned {end.value!r}"
    loads = Counter(e.value for e in history.of("task", Kind.OK))
    for worker, load in loads.items():
        if load > plan["limit"]:
            yield f"worker {worker} ran {load} tasks, expected at most {plan['limit']}"


RECYCLES = Rule(
    id="LIFE-05",
    title="A worker runs at most the tasks it is allowed, and no task is lost between two",
    level=Level.MUST,
    kind=Driver.POOL,
    demands=(
        "With a limit on the tasks of one worker, no process runs more tasks than that, and all "
        "tasks give their values however many workers that takes."
    ),
    source="https://docs.python.org/3/library/multiprocessing.html#multiprocessing.pool.Pool",
    triage=(
        "Does a worn-out worker leave while a task is on its way to it?",
        "Is the replacement started by someone who waits for a result?",
    ),
    plans=_plans,
    run=_run,
    check=_check,
    needs=frozenset({can.RECYCLING, can.PROCESSES}),
)

RULES = (RECYCLES,)
