"""Inputs and tasks that stop a batch half-way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from poolproof import tasks_res
from poolproof.drivers import capabilities as can
from poolproof.drivers.base import Pool
from poolproof.history import Event, History, Kind
from poolproof.plan import JSON, Plan
from poolproof.rule import Kind as RuleKind
from poolproof.rule import Level, Rule
from poolproof.rules.results import all_of, brief, judge, raised, settled
from poolproof.stage.api import Stage
from poolproof.verdict import PASSED, Judgement, failed, unknown

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

DOCS = "https://docs.python.org/3/library/multiprocessing.html#multiprocessing.pool.Pool"
# Its test_imap_handle_iterable_exception says what a broken input must do.
TESTS = "https://github.com/python/cpython/blob/main/Lib/test/_test_multiprocessing.py"


class InputBroke(Exception):
    """What the input of a plan raises."""


def _breaking(before: int) -> Iterator[int]:
    yield from range(before)
    raise InputBroke(before)


def _plans(*ops: str) -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return st.fixed_dictionaries(
        {
            "op": st.sampled_from(ops),
            "before": st.integers(0, 30),  # items that come before the input raises
            "chunksize": st.none() | st.integers(1, 40),  # map's
        }
    )


def _run(plan: Plan, stage: Stage) -> None:
    pool = stage.pool()
    batch = partial(_batch, pool, plan["op"], plan["chunksize"], stage)
    stage.call(plan["op"], partial(batch, _breaking(plan["before"])))
    stage.call("apply afterwards", lambda: pool.submit(tasks_res.identity, 7).get())


def _batch(
    pool: Pool, op: str, chunksize: int | None, stage: Stage, items: Iterable[int]
) -> list[Any]:
    if op == "map":
        return pool.map(tasks_res.square, items, chunksize)
    iterate: Callable[..., Iterator[Any]] = getattr(pool, op)
    results = []
    for result in iterate(tasks_res.square, items):
        stage.note("yielded", result)
        results.append(result)
    return results


def _check(plan: Plan, history: History) -> Judgement:
    end = settled(history, plan["op"]).get(None)
    if end is None:
        return unknown(f"{plan['op']} has no end in the history: the plan did not finish")
    return all_of(
        (
            _reported(plan, end),
            _yielded(plan, history),
            judge(history, "apply afterwards", {None: 7}),
        )
    )


def _reported(plan: Plan, end: Event) -> Judgement:
    what = f"{plan['op']} over an input that raises InputBroke after {plan['before']} items"
    if end.kind is Kind.OK:
        return failed(f"{what} returned {brief(end.value)} and hid the error")
    if not end.value["type"].endswith("." + InputBroke.__name__):
        return failed(f"{what} raised {raised(end)}")
    return PASSED


def _yielded(plan: Plan, history: History) -> Judgement:
    """Nothing but results of items that the input gave: each at most once, imap's in order."""
    came: list[JSON] = history.facts("yielded")
    given = [tasks_res.square(number) for number in range(plan["before"])]
    right = given[: len(came)]
    if plan["op"] == "imap_unordered":
        came, right = sorted(came), [result for result in given if result in came]
    if came != right:
        return failed(f"{plan['op']} yielded {brief(came)} before the error, expected of {right}")
    return PASSED


def _stop_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return st.integers(1, 20).flatmap(
        lambda n: st.fixed_dictionaries(
            {
                "n": st.just(n),
                "stops": st.lists(st.integers(0, n - 1), min_size=1, max_size=3, unique=True),
                "chunksize": st.none() | st.integers(1, 25),
            }
        )
    )


def _run_stop(plan: Plan, stage: Stage) -> None:
    pool = stage.pool()
    stop = partial(tasks_res.square_or_stop, stops=frozenset(plan["stops"]))
    stage.call("map", lambda: pool.map(stop, range(plan["n"]), plan["chunksize"]), show=list)


def _check_stop(plan: Plan, history: History) -> Judgement:
    end = settled(history, "map").get(None)
    if end is None:
        return unknown("map has no end in the history: the plan did not finish")
    builtin = [number**2 for number in range(min(plan["stops"]))]
    if end.kind is Kind.FAIL or end.value == builtin:
        return PASSED
    return failed(
        f"map over range({plan['n']}) with a task that raises StopIteration for {plan['stops']} "
        f"returned {brief(end.value)}: neither the error nor what the built-in map gives, "
        f"{brief(builtin)}; results were lost without an error"
    )


RULES = (
    Rule(
        id="RES-10",
        title="An input that raises is an error at the caller of map, and the pool goes on",
        level=Level.MUST,
        kind=RuleKind.POOL,
        demands="When the iterable given to map raises, map raises that exception; afterwards the "
        "pool runs tasks as before.",
        source=TESTS,
        triage=("the thread that reads the input has died", "items before the error block the end"),
        plans=lambda: _plans("map"),
        run=_run,
        check=_check,
    ),
    Rule(
        id="RES-11",
        title="A task that raises StopIteration loses no results of map",
        level=Level.MUST,
        kind=RuleKind.POOL,
        demands="map, documented as a parallel equivalent of the built-in map, either raises or "
        "returns what the built-in map gives when its function raises StopIteration: all results "
        "before. It never returns a list with holes closed up.",
        source="https://github.com/python/cpython/issues/90779",
        triage=(
            "list(map(function, chunk)) in the worker takes StopIteration for the chunk's end",
        ),
        plans=_stop_plans,
        run=_run_stop,
        check=_check_stop,
        after=("RES-02",),
    ),
    Rule(
        id="RES-12",
        title="An input that raises is an error at the reader of imap, and the pool goes on",
        level=Level.MUST,
        kind=RuleKind.POOL,
        demands="When the iterable given to imap or imap_unordered raises, the iterator yields "
        "only results of items that came before, then raises that exception; afterwards the pool "
        "runs tasks as before.",
        source=TESTS,
        triage=(
            "the thread that reads the input has died",
            "the length of the result is never set",
        ),
        plans=lambda: _plans("imap", "imap_unordered"),
        run=_run,
        check=_check,
        needs=frozenset({can.IMAP, can.IMAP_UNORDERED}),
        after=("RES-04", "RES-05"),
    ),
)
