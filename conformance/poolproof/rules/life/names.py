"""Shared-memory segments and semaphores that have a name, which outlives those who use it."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from poolproof.checkers.judging import judge
from poolproof.drivers import capabilities as can
from poolproof.history import History
from poolproof.plan import Plan
from poolproof.rule import Kind as Driver
from poolproof.rule import Level, Rule
from poolproof.rules.life.census import family
from poolproof.rules.life.segments import elsewhere, segments
from poolproof.stage.api import Stage
from poolproof.tasks_life import work
from poolproof.verdict import Judgement

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

_CYCLES = 3


def _plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return st.fixed_dictionaries(
        {
            "tasks": st.sampled_from([0, 2]),
            "end": st.sampled_from(["close", "terminate"]),
        }
    )


def _run(plan: Plan, stage: Stage) -> None:
    stage.forget_pools()
    _cycle(plan, stage)  # what is made once and kept is made here
    seen = [segments()]
    for _ in range(_CYCLES):
        _cycle(plan, stage)
        gc.collect()
        seen.append(segments())
    appeared = [after - before for before, after in pairwise(seen)]
    suspects = frozenset().union(*appeared) & segments()
    left = suspects - elsewhere(suspects, family())
    stage.note("left", [sorted(names & left) for names in appeared])


def _cycle(plan: Plan, stage: Stage) -> None:
    with stage.fresh_pool(1) as pool:
        for key in range(plan["tasks"]):
            pool.submit(work, stage.folder, key).get()
        if plan["end"] == "close":
            pool.close()


def _check(plan: Plan, history: History) -> Judgement:
    missing = "" if history.facts("left") else "nothing was counted"
    return judge(_problems(plan, history), missing=missing)


def _problems(plan: Plan, history: History) -> Iterator[str]:
    for left in history.facts("left"):
        # The folder is the whole machine's: another program may leave names during one cycle.
        if all(left):
            names = [name for cycle in left for name in cycle]
            yield (
                f"each of {len(left)} pools that were used and ended by {plan['end']}() left a "
                f"name in shared memory that no other program uses: {names[:4]}"
            )


NAMES = Rule(
    id="LIFE-24",
    title="No named segment or semaphore is left behind",
    level=Level.MUST,
    kind=Driver.POOL,
    demands=(
        "Pools are opened, used, closed or terminated, and dropped. Not each of them leaves a name "
        "in shared memory, used by nobody: it would stay there until the system is started anew. "
        "(Seen where names are files of /dev/shm; names that a process of another program maps do "
        "not count.)"
    ),
    source="https://github.com/pytorch/pytorch/issues/17499",
    triage=(
        "Who unlinks the name when its last user has gone?",
        "Does the one who should end before it could?",
    ),
    plans=_plans,
    run=_run,
    check=_check,
    needs=frozenset({can.PROCESSES}),
    deadline_s=20.0,
    all_plans=4,
)

RULES = (NAMES,)
