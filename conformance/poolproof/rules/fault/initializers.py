"""Workers whose initializer fails."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

from poolproof import tasks
from poolproof.checkers.judging import judge
from poolproof.drivers import capabilities as can
from poolproof.drivers.base import Pool
from poolproof.history import History
from poolproof.plan import Plan
from poolproof.rule import Kind as Driver
from poolproof.rule import Level, Rule
from poolproof.rules.fault.around import settle, submit
from poolproof.stage.api import Stage
from poolproof.tasks_fault import fail_to_start
from poolproof.verdict import Judgement

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

_PATIENCE = 10  # starts a worker's place: more is a storm, whatever the pool hopes for


def _plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return st.fixed_dictionaries(
        {
            "workers": st.integers(1, 2),
            "how": st.sampled_from(["raise", "exit", "os._exit"]),
            "tasks": st.integers(1, 3),
        }
    )


def _limit(plan: Plan) -> int:
    return _PATIENCE * int(plan["workers"])


def _run(plan: Plan, stage: Stage) -> None:
    with ExitStack() as stack:

        def open_pool() -> Pool:
            initargs = (stage.folder, plan["how"], _limit(plan))
            return stack.enter_context(
                stage.fresh_pool(plan["workers"], initializer=fail_to_start, initargs=initargs)
            )

        pool = stage.call("open", open_pool, show=lambda _: None)
        if pool is not None:
            asked = [(k, submit(stage, pool, k, tasks.identity, k)) for k in range(plan["tasks"])]
            settle(stage, [(key, result) for key, result in asked if result is not None])


def _check(plan: Plan, history: History) -> Judgement:
    over = history.facts("settled") or history.failures("open")
    return judge(_problems(plan, history), missing="" if over else "not all results were read")


def _problems(plan: Plan, history: History) -> Iterator[str]:
    starts = len(history.facts("initializer"))
    if starts >= _limit(plan):
        yield (
            f"the initializer failed ({plan['how']}) in every worker and the pool of "
            f"{plan['workers']} started {starts} of them one after the other; "
            "expected an error after a few"
        )
    for key, value in history.ok("get").items():
        yield (
            f"task {key} returned {value!r} though the initializer failed ({plan['how']}) in "
            "every worker; expected an error"
        )


FINITE = Rule(
    id="FAULT-07",
    title="An initializer that fails is an error in finite time, not a storm of new workers",
    level=Level.MUST,
    kind=Driver.POOL,
    demands=(
        "The initializer raises, exits, or ends its process, in every worker. Opening the pool, "
        "submission or the results raise; the pool does not start workers for ever, and no task "
        f"runs in a worker that was not initialized. (After {_PATIENCE} starts a place the "
        "initializer gives in, so that the rule ends.)"
    ),
    source="https://github.com/python/cpython/issues/87472",
    triage=(
        "Is a worker that ends before its first task told from one that is worn out?",
        "Do submitted tasks learn that no worker will ever come?",
    ),
    plans=_plans,
    run=_run,
    check=_check,
    needs=frozenset({can.INITIALIZER, can.PROCESSES}),
    all_plans=18,
)

RULES = (FINITE,)
