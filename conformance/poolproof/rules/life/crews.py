"""How many workers a pool has: as many as it was asked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from poolproof.checkers.exclusion import Hold, crowd
from poolproof.checkers.judging import judge
from poolproof.drivers import capabilities as can
from poolproof.drivers.base import Pending
from poolproof.gate import Gate
from poolproof.history import History, Kind
from poolproof.plan import Plan
from poolproof.rule import Kind as Driver
from poolproof.rule import Level, Rule
from poolproof.rules.results import raised, settled
from poolproof.stage.api import Stage
from poolproof.tasks_life import visit
from poolproof.verdict import Judgement

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


def _exact_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return st.fixed_dictionaries(
        {"workers": st.integers(1, 4), "more": st.integers(1, 8), "oldest_first": st.booleans()}
    )


def _run(plan: Plan, stage: Stage) -> None:
    workers = plan["workers"]
    with Gate() as gate, stage.fresh_pool(workers) as pool:
        pending = [
            pool.submit(visit, stage.folder, gate.address, key)
            for key in range(workers + plan["more"])
        ]
        waiting = list(gate.admit(workers))  # hangs where fewer tasks run together
        stage.note("together", len(waiting))
        for _ in range(plan["more"]):
            waiting.pop(0 if plan["oldest_first"] else -1).release()
            waiting += gate.admit()
        for visitor in waiting:
            visitor.release()
        _settle(stage, pending)


def _settle(stage: Stage, pending: list[Pending]) -> None:
    for key, result in enumerate(pending):
        stage.call("get", result.get, key)


def _check(plan: Plan, history: History) -> Judgement:
    short = len(settled(history, "get")) < plan["workers"] + plan["more"]
    return judge(_problems(plan, history), missing="not all results were read" if short else "")


def _problems(plan: Plan, history: History) -> Iterator[str]:
    for key, end in settled(history, "get").items():
        if end.kind is Kind.FAIL:
            yield f"task {key} of a pool of {plan['workers']} raised {raised(end)}"
        elif end.value != key:
            yield f"task {key} of a pool of {plan['workers']} returned {end.value!r}"
    if together := crowd(_stays(history), places=plan["workers"]):
        keys = ", ".join(str(stay.holder) for stay in together)
        yield (
            f"{len(together)} tasks ran at the same time in a pool of {plan['workers']} "
            f"worker(s): {keys}"
        )


def _stays(history: History) -> Iterator[Hold]:
    begun = {event.key: event.t_ns for event in history.of("visit", Kind.INVOKE)}
    for event in history.of("visit", Kind.OK):
        yield Hold(begun.get(event.key, event.t_ns), event.t_ns, event.key)


EXACT = Rule(
    id="LIFE-12",
    title="A pool of n workers runs n tasks at the same time, and never more",
    level=Level.SHOULD,
    kind=Driver.POOL,
    demands=(
        "n tasks that wait for each other's start all start: with fewer workers, or two tasks "
        "queued behind one of them while another is idle, they would wait for ever. Of n and more "
        "tasks never more than n are in progress."
    ),
    source="https://docs.python.org/3/library/multiprocessing.html#multiprocessing.pool.Pool",
    triage=(
        "Does a worker fetch a second task while it runs the first?",
        "Are workers started late, and not as many as there are tasks?",
    ),
    plans=_exact_plans,
    run=_run,
    check=_check,
    all_plans=64,
)


def _many_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return st.fixed_dictionaries(
        {
            "workers": st.sampled_from([6, 16]),
            "more": st.just(2),
            "oldest_first": st.just(False),
        }
    )


MANY = Rule(
    id="LIFE-13",
    title="A pool may have more workers than there are processors",
    level=Level.MUST,
    kind=Driver.POOL,
    demands=(
        "A pool of up to 16 workers runs as many tasks at the same time, on any machine: tasks "
        "that wait for something else than the processor are what such pools are for."
    ),
    source="https://docs.python.org/3/library/concurrent.futures.html"
    "#concurrent.futures.ProcessPoolExecutor",
    triage=("Is the number of workers cut to the number of processors without a word?",),
    plans=_many_plans,
    run=_run,
    check=_check,
    needs=frozenset({can.PROCESSES}),
    after=("LIFE-12",),
    deadline_s=20.0,
    all_plans=2,
)

RULES = (EXACT, MANY)
