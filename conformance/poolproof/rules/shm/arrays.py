"""Arrays and values of a context, given to workers by their initializer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from poolproof.checkers.judging import judge
from poolproof.drivers import capabilities as can
from poolproof.history import History, Kind
from poolproof.plan import Plan
from poolproof.rule import Kind as Driver
from poolproof.rule import Level, Rule
from poolproof.rules.results import raised, settled
from poolproof.stage.api import Stage
from poolproof.tasks_shm import store, take
from poolproof.verdict import Judgement

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


def _plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return st.fixed_dictionaries(
        {
            "workers": st.integers(1, 2),
            "kind": st.sampled_from(["Array", "RawArray"]),
            "values": st.lists(st.integers(1, 999), min_size=1, max_size=6),
        }
    )


def _run(plan: Plan, stage: Stage) -> None:
    make: Any = stage.context
    array = getattr(make, plan["kind"])("i", [0] * (len(plan["values"]) + 1))
    counter = make.Value("i", 0)
    with stage.fresh_pool(plan["workers"], initializer=take, initargs=((array, counter),)) as pool:
        array[-1] = -1  # the caller's own write, after the workers have begun
        for place, value in enumerate(plan["values"]):
            stage.call("store", pool.submit(store, place, value).get, place, show=list)
    stage.note("array", list(array))
    stage.note("counter", counter.value)


def _check(plan: Plan, history: History) -> Judgement:
    missing = "" if history.facts("counter") else "the array was not looked at"
    return judge(_problems(plan, history), missing=missing)


def _problems(plan: Plan, history: History) -> Iterator[str]:
    values = plan["values"]
    for place, end in settled(history, "store").items():
        expected = [*values[: place + 1], *[0] * (len(values) - place - 1), -1]
        if end.kind is Kind.FAIL:
            yield f"a task that wrote to a shared {plan['kind']} raised {raised(end)}"
        elif end.value != expected:
            yield (
                f"after write {place} a worker sees {end.value} in a shared {plan['kind']}, "
                f"expected {expected}"
            )
    for array in history.facts("array"):
        if array != [*values, -1]:
            yield f"the caller sees {array} in a shared {plan['kind']}, expected {[*values, -1]}"
    for count in history.facts("counter"):
        if count != len(values):
            yield f"a shared Value that {len(values)} task(s) added 1 to is {count}"


SHARED = Rule(
    id="SHM-04",
    title="An Array or Value given by the initializer is shared, not copied",
    level=Level.MUST,
    kind=Driver.POOL,
    demands=(
        "The initializer gets an Array or RawArray and a Value of the pool's context. Each write, "
        "of the caller or of a worker, is seen by all workers that run a task later, and by the "
        "caller."
    ),
    source="https://docs.python.org/3/library/multiprocessing.html#sharing-state-between-processes",
    triage=(
        "Are initargs sent while a process is being started, as shared objects must be?",
        "Are they pickled once, and copied for each worker?",
    ),
    plans=_plans,
    run=_run,
    check=_check,
    needs=frozenset({can.PROCESSES, can.CONTEXT, can.INITIALIZER}),
)

RULES = (SHARED,)
