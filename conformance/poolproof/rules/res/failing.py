"""Tasks that raise in the middle of a batch."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from poolproof import tasks_res
from poolproof.checkers.accounting import account
from poolproof.checkers.judging import judge
from poolproof.drivers import capabilities as can
from poolproof.gate import Gate
from poolproof.history import Event, History, Kind
from poolproof.plan import JSON, Plan
from poolproof.rule import Kind as RuleKind
from poolproof.rule import Level, Rule
from poolproof.rules.results import brief, raised, settled
from poolproof.stage.api import Stage
from poolproof.verdict import Judgement

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

DOCS = "https://docs.python.org/3/library/multiprocessing.html#multiprocessing.pool.Pool"
BAD = "builtins.ValueError"
WORKERS = 2


def _plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    def of(n: int) -> SearchStrategy[Plan]:
        bad = st.lists(st.integers(0, n - 1), min_size=1, max_size=4, unique=True)
        return st.fixed_dictionaries(
            {"n": st.just(n), "bad": bad, "chunksize": st.none() | st.integers(1, n + 1)}
        )

    return st.integers(1, 20).flatmap(of)


def _task(plan: Plan, stage: Stage) -> Any:
    return partial(tasks_res.recorded_unless, stage.folder, frozenset(plan["bad"]))


def _run_map(plan: Plan, stage: Stage) -> None:
    pool, task = stage.pool(WORKERS), _task(plan, stage)
    stage.call("map", lambda: pool.map(task, range(plan["n"]), plan["chunksize"]))
    # Once all workers are here, none is busy with what may be left of the map.
    with Gate() as gate:
        pending = [pool.submit(tasks_res.passes_gate, gate.address, key) for key in range(WORKERS)]
        gate.admit(WORKERS)
    for key, task in enumerate(pending):
        stage.call("afterwards", task.get, key)


def _check_map(plan: Plan, history: History) -> Judgement:
    ends = settled(history, "map")
    afterwards = settled(history, "afterwards")
    missing = "" if None in ends and len(afterwards) == WORKERS else "the plan did not finish"
    return judge(_map_problems(plan, history) if None in ends else (), missing=missing)


def _map_problems(plan: Plan, history: History) -> Iterator[str]:
    what = f"map over {plan['n']} items of which {sorted(plan['bad'])} raise"
    yield from _wrong_end(what, plan, settled(history, "map")[None])
    for key, end in settled(history, "afterwards").items():
        if end.kind is Kind.FAIL:
            yield f"task {key} after the {what} raised {raised(end)}"
        elif end.value != key:
            yield f"task {key} after the {what} returned {brief(end.value)}, expected {key}"
    ran = [e.key for e in history.of("task", Kind.INVOKE)]
    twice = account(range(plan["n"]), ran)
    yield from (f"{what}: {say}" for say in twice.complaints("task", "ran") if "never" not in say)


def _wrong_end(what: str, plan: Plan, end: Event) -> Iterator[str]:
    if end.kind is Kind.OK:
        yield f"{what} returned {brief(end.value)}; expected one of their errors"
    elif end.value["type"] != BAD or end.value["args"] not in [[bad] for bad in plan["bad"]]:
        yield f"{what} raised {raised(end)}; expected one of their errors"


def _run_imap(plan: Plan, stage: Stage) -> None:
    results = stage.pool().imap(_task(plan, stage), range(plan["n"]))
    for place in range(plan["n"] + 1):
        stage.call("next", partial(next, results, "the end"), place)


def _check_imap(plan: Plan, history: History) -> Judgement:
    ends = settled(history, "next")
    missing = "" if len(ends) > plan["n"] else "the iterator was not read to its end"
    return judge(_imap_problems(plan, ends), missing=missing)


def _imap_problems(plan: Plan, ends: dict[Any, Event]) -> Iterator[str]:
    what = f"imap over {plan['n']} items of which {sorted(plan['bad'])} raise: item"
    for place, end in ends.items():
        want = _expected(place, plan)
        got = _happened(end)
        if got != want:
            yield f"{what} {place} {_said(got)}, expected that it {_said(want)}"


def _expected(place: int, plan: Plan) -> list[JSON]:
    if place == plan["n"]:
        return ["gave", "the end"]
    return ["raised", [BAD, [place]]] if place in plan["bad"] else ["gave", place]


def _happened(end: Event) -> list[JSON]:
    if end.kind is Kind.FAIL:
        return ["raised", [end.value["type"], end.value["args"]]]
    return ["gave", end.value]


def _said(happened: list[JSON]) -> str:
    return f"{happened[0]} {brief(happened[1])}"


RULES = (
    Rule(
        id="RES-26",
        title="When tasks of a map raise, map raises one of their errors and runs nothing twice",
        level=Level.MUST,
        kind=RuleKind.POOL,
        demands="One or several tasks of a map raise. map raises the error of one of them, no task "
        "runs a second time, and the pool runs tasks as before on all of its workers.",
        source=f"{DOCS}.map",
        triage=(
            "a chunk that failed is sent again",
            "an error in a list of results that nobody looks at",
        ),
        plans=_plans,
        run=_run_map,
        check=_check_map,
        after=("RES-02", "RES-07"),
    ),
    Rule(
        id="RES-32",
        title="imap raises at the place of the task that raised, and goes on after it",
        level=Level.SHOULD,
        kind=RuleKind.POOL,
        demands="next() gives the results of the items before, raises each error in the place of "
        "its item, and gives the results of the items after it. One bad item does not cost the "
        "results of all others.",
        source="https://github.com/python/cpython/blob/main/Lib/test/_test_multiprocessing.py",
        triage=("an iterator that is a generator ends with the first error that passes it",),
        plans=_plans,
        run=_run_imap,
        check=_check_imap,
        needs=frozenset({can.IMAP}),
        after=("RES-04", "RES-07"),
    ),
)
