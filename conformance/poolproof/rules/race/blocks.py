"""Blocks of memory that messages are made of: used again only when nobody looks at them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from poolproof.checkers.judging import judge
from poolproof.drivers import capabilities as can
from poolproof.drivers.base import Pending
from poolproof.history import History, Kind
from poolproof.plan import Plan
from poolproof.rule import Kind as Driver
from poolproof.rule import Level, Rule
from poolproof.rules.results import raised, settled
from poolproof.stage.api import Stage
from poolproof.tasks_race_blocks import RESULT, keep_block, stamped, strangers
from poolproof.verdict import Judgement

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

# Around the 64 KiB and 1 MiB from which pools take other ways.
_SIZES = (8_000, 64 << 10, (64 << 10) + 8, 300_000, (1 << 20) + 8)
_AHEAD = 6  # tasks in flight


def _plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return st.fixed_dictionaries(
        {
            "workers": st.integers(1, 2),
            "tasks": st.integers(10, 250),
            "sizes": st.lists(st.sampled_from(_SIZES), min_size=1, max_size=3),
            "kept": st.integers(0, 5),  # earlier arguments, by each worker
            "held": st.integers(0, 8),  # earlier results, by the caller
            "seed": st.integers(0, 99),
        }
    )


def _run(plan: Plan, stage: Stage) -> None:
    pool = stage.pool(plan["workers"])
    order = random.Random(plan["seed"])
    pending: list[tuple[int, Pending]] = []
    held: dict[int, Any] = {}
    for key in range(plan["tasks"]):
        block = stamped(order.choice(plan["sizes"]), key)
        pending.append((key, pool.submit(keep_block, stage.folder, key, block, plan["kept"])))
        if len(pending) == _AHEAD:
            _read(stage, held, *pending.pop(0))
        while len(held) > plan["held"]:
            _look(stage, held, order.choice(list(held)))
    for key, result in pending:
        _read(stage, held, key, result)
    for key in list(held):
        _look(stage, held, key)
    stage.note("ended", plan["tasks"])


def _read(stage: Stage, held: dict[int, Any], key: int, result: Pending) -> None:
    block = stage.call("get", result.get, key, show=lambda block: int(block.nbytes))
    if block is not None:
        held[key] = block


def _look(stage: Stage, held: dict[int, Any], key: int) -> None:
    """The last look at a result that was held for a while."""
    if seen := strangers(held.pop(key), RESULT + key):
        stage.note("result overwritten", seen, key)


def _check(plan: Plan, history: History) -> Judgement:
    missing = "" if history.facts("ended") else "the tasks were not seen to end"
    return judge(_problems(history), missing=missing)


def _problems(history: History) -> Iterator[str]:
    for event in history.of("overwritten", Kind.INFO):
        generation, key = event.key
        yield (
            f"a worker kept the argument of task {generation}, and found in it, at task {key}, "
            f"what belongs to others: {event.value}"
        )
    for event in history.of("result overwritten", Kind.INFO):
        yield (
            f"the caller held the result of task {event.key}, and found in it later what belongs "
            f"to others: {[word - RESULT for word in event.value]}"
        )
    for key, end in settled(history, "get").items():
        if end.kind is Kind.FAIL:
            yield f"task {key} raised {raised(end)}; expected a block"


BLOCKS = Rule(
    id="RACE-18",
    title="A block of memory is not used again while somebody can see it",
    level=Level.MUST,
    kind=Driver.POOL,
    demands=(
        "Arrays of several sizes go to workers and come back, many at a time, each stamped with "
        "its generation throughout. Workers keep the last few arguments and the caller the last "
        "few results, drop them in another order, and look at each as long as they have it: it "
        "never holds what belongs to another generation."
    ),
    source="https://peps.python.org/pep-0574/#consumer-api",
    triage=(
        "Who says that a block is free: who reads it, or who wrote it?",
        "Is a block that was freed twice given to two?",
        "Does a slice of an array keep its block alive?",
    ),
    plans=_plans,
    run=_run,
    check=_check,
    needs=frozenset({can.NUMPY, can.PROCESSES}),
    stochastic=True,
)

RULES = (BLOCKS,)
