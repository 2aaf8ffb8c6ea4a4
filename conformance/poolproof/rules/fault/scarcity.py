"""No descriptors are left."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from poolproof import tasks
from poolproof.checkers.judging import judge
from poolproof.drivers import capabilities as can
from poolproof.history import History, Kind
from poolproof.plan import Plan
from poolproof.rule import Kind as Driver
from poolproof.rule import Level, Rule
from poolproof.rules.results import raised, settled
from poolproof.stage.api import Stage
from poolproof.tasks_fault import posix
from poolproof.verdict import Judgement

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


def _plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return st.fixed_dictionaries(
        {"workers": st.integers(1, 3), "free": st.integers(0, 24), "used_before": st.booleans()}
    )


def _run(plan: Plan, stage: Stage) -> None:
    with stage.program(f"{__name__}:go_short", plan) as program:
        stage.note("exit", program.wait())


def go_short(plan: Plan, stage: Stage) -> None:
    """The program: use a pool while only so many descriptors are free, then with all of them."""
    stage.note("begun", True)  # opens the journal
    if plan["used_before"]:  # all modules are imported, servers run
        _use(stage, plan["workers"])
    with posix().descriptors_left(plan["free"]):
        stage.call("short", lambda: _use(stage, plan["workers"]))
    stage.call("enough", lambda: _use(stage, plan["workers"]))


def _use(stage: Stage, workers: int) -> list[int]:
    with stage.fresh_pool(workers) as pool:
        return [pool.submit(tasks.identity, key).get() for key in range(workers)]


def _check(plan: Plan, history: History) -> Judgement:
    over = settled(history, "enough")
    return judge(_problems(plan, history), missing="" if over else "the program did not finish")


def _problems(plan: Plan, history: History) -> Iterator[str]:
    right = {"list": list(range(plan["workers"]))}
    left = f"with {plan['free']} free descriptors"
    for value in history.ok("short").values():
        if value != right:
            yield f"{left} the pool returned {value!r}; expected {right!r} or an error"
    for end in settled(history, "enough").values():
        if end.kind is Kind.FAIL:
            yield f"a pool was tried {left}; with enough of them, a new one raised {raised(end)}"
        elif end.value != right:
            yield f"a pool was tried {left}; with enough of them, a new one returned {end.value!r}"


SCARCE = Rule(
    id="FAULT-28",
    title="Without descriptors a pool works or raises, and works again when there are some",
    level=Level.SHOULD,
    kind=Driver.POOL,
    demands=(
        "A program has few free descriptors, or none, and opens a pool and uses it: that raises, "
        "or gives the right values, in finite time. When the limit is as it was, a new pool works, "
        "and the program comes to its end."
    ),
    source="https://github.com/python/cpython/issues/82300",
    triage=(
        "Does a thread of the pool end by OSError, and does anybody wait for it?",
        "Is a server or tracker that did not start remembered as running?",
        "Are workers that cannot start tried again for ever?",
        "Where one worker did not start, who ends those that did?",
    ),
    plans=_plans,
    run=_run,
    check=_check,
    needs=frozenset({can.PROCESSES, can.POSIX}),
)

RULES = (SCARCE,)
