"""Nothing is left behind."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from poolproof.checkers.judging import judge
from poolproof.history import History
from poolproof.plan import Plan
from poolproof.rule import Kind as Driver
from poolproof.rule import Level, Rule
from poolproof.rules.life.census import added, take
from poolproof.stage.api import Stage
from poolproof.tasks_life import work
from poolproof.verdict import Judgement

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


def _plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return st.fixed_dictionaries(
        {
            "workers": st.integers(1, 2),
            "tasks": st.integers(0, 6),
            "cycles": st.integers(2, 4),
            "end": st.sampled_from(["close", "terminate"]),
        }
    )


def _run(plan: Plan, stage: Stage) -> None:
    stage.forget_pools()
    _cycle(plan, stage)  # what is made once and kept (a tracker, a server) is made here
    before = take(stage.subject.support_pids)
    for _ in range(plan["cycles"]):
        _cycle(plan, stage)
    stage.note("left", added(before, stage.subject.support_pids))


def _cycle(plan: Plan, stage: Stage) -> None:
    with stage.fresh_pool(plan["workers"]) as pool:
        pool.map(partial(work, stage.folder), range(plan["tasks"]))
        if plan["end"] == "close":
            pool.close()


def _check(plan: Plan, history: History) -> Judgement:
    missing = "" if history.facts("left") else "nothing was counted"
    return judge(_problems(plan, history), missing=missing)


def _problems(plan: Plan, history: History) -> Iterator[str]:
    cycles = plan["cycles"]
    after = f"after {cycles} pools were used and ended by {plan['end']}()"
    for left in history.facts("left"):
        if left["processes"]:
            yield f"{after}, {len(left['processes'])} process(es) are left alive; expected none"
        # One alone may be made late and kept for good; one for each pool is a leak.
        for what in ("threads", "segments"):
            if len(left[what]) >= cycles:
                yield f"{after}, {len(left[what])} more {what} exist than before: {left[what][:4]}"
        if left["handles"] >= cycles:
            yield f"{after}, {left['handles']} more descriptors or handles are open than before"


CLEAN = Rule(
    id="LIFE-01",
    title="Nothing is left behind after close",
    level=Level.MUST,
    kind=Driver.POOL,
    demands=(
        "After a first pool for warming up, several are opened, used and closed or terminated. "
        "None of their processes is alive then, and there is not, for every pool, one more thread, "
        "descriptor, handle or named shared-memory segment mapped than before. What serves the "
        "start method (a fork server, a resource tracker) does not count."
    ),
    source="https://github.com/pytorch/pytorch/issues/973",
    triage=(
        "Are threads joined and pipes closed, or left to the garbage collector?",
        "Is the pool part of a reference cycle that a thread keeps alive?",
        "Who unlinks a segment when its user has gone?",
    ),
    plans=_plans,
    run=_run,
    check=_check,
    deadline_s=20.0,
)

RULES = (CLEAN,)
