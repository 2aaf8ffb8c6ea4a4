"""One start method against another: a pool's outcomes do not depend on how its workers start."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from poolproof import programs, tasks_res
from poolproof.drivers import capabilities as can
from poolproof.drivers.base import OpenOptions, Pool
from poolproof.drivers.wrap import wrap
from poolproof.history import Event, History, Kind
from poolproof.plan import JSON, Plan
from poolproof.rule import Kind as RuleKind
from poolproof.rule import Level, Rule
from poolproof.rules.res.errors import type_and_args
from poolproof.rules.results import all_of, brief, same, settled
from poolproof.stage.api import Stage
from poolproof.verdict import PASSED, Judgement, failed, unknown

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


def _after_close(pool: Pool) -> Any:
    pool.close()
    return pool.submit(tasks_res.nothing, 0).get()


# What ends in an error of the pool's own, which no serial run can tell. The last one is last.
ODD: dict[str, Callable[[Pool], Any]] = {
    "a lock as an argument": lambda pool: pool.submit(tasks_res.kind, threading.Lock()).get(),
    "a lock as a result": lambda pool: pool.submit(tasks_res.return_lock).get(),
    "a lock in an exception": lambda pool: pool.submit(tasks_res.raise_lock).get(),
    "a task after close()": _after_close,
}


def _plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    code = st.lists(programs.numbers() | programs.programs(), min_size=1, max_size=10)
    return st.fixed_dictionaries({"other": st.integers(0, 5), "programs": code})


def _run(plan: Plan, stage: Stage) -> None:
    own, methods = stage.start_method, list(stage.subject.start_methods)
    methods.remove(own)
    other = methods[plan["other"] % len(methods)]
    for method in (own, other):
        stage.note("start method", method)
    for side, method in enumerate((own, other)):
        with _opened(stage, method) as pool:
            pending = [pool.submit(programs.run, program) for program in plan["programs"]]
            for key, task in enumerate(pending):
                stage.call("program", task.get, (side, key))
            for name, odd in ODD.items():
                stage.call("odd", partial(odd, pool), (side, name), show=tasks_res.kind)


@contextmanager
def _opened(stage: Stage, start_method: str) -> Iterator[Pool]:
    pool = wrap(stage.subject.open(OpenOptions(1, start_method)))
    try:
        yield pool
    finally:
        pool.terminate()


def _check(plan: Plan, history: History) -> Judgement:
    methods = history.facts("start method")
    if len(methods) != 2:
        return unknown("no two start methods were tried")
    keys: list[tuple[str, JSON]] = [("program", key) for key in range(len(plan["programs"]))]
    keys += [("odd", name) for name in ODD]
    return all_of(_compared(op, key, methods, settled(history, op)) for op, key in keys)


def _compared(op: str, key: JSON, methods: list[str], ends: dict[Any, Event]) -> Judgement:
    what = key if op == "odd" else f"program {key}"
    sides = [ends.get((side, key)) for side in (0, 1)]
    if None in sides:
        return unknown(f"{what} was not seen to end with both start methods")
    one, other = [_essence(op, end) for end in sides if end is not None]
    if not same(one, other):
        return failed(
            f"{what} ends with {brief(one)} under start method {methods[0]}, "
            f"and with {brief(other)} under {methods[1]}"
        )
    return PASSED


def _essence(op: str, end: Event) -> JSON:
    """Of an error of the pool's own its type: what it says may well name a process."""
    if end.kind is Kind.OK:
        return ["value", end.value]
    return ["error", end.value["type"] if op == "odd" else type_and_args(end.value)]


RULES = (
    Rule(
        id="RES-29",
        title="Outcomes do not depend on the start method",
        level=Level.SHOULD,
        kind=RuleKind.POOL,
        demands="Two pools of one kind, with two start methods, give the same outcomes for the "
        "same tasks: values and errors of programs, and the types of those errors that the pool "
        "itself raises, for what cannot be pickled and for work after close().",
        source="https://docs.python.org/3/library/multiprocessing.html#contexts-and-start-methods",
        triage=("a way of its own for one start method, with errors of its own",),
        plans=_plans,
        run=_run,
        check=_check,
        needs=frozenset({can.METHODS}),
        after=("RES-15",),
    ),
)
