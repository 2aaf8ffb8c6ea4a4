"""Values sent to a worker and back from one, each judged by a portrait of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeAlias

from poolproof.drivers.base import Pool
from poolproof.history import Event, History, Kind
from poolproof.plan import JSON, Plan
from poolproof.rules.results import Differ, Job, all_of, brief, gather, plain, raised, settled
from poolproof.stage.api import Stage
from poolproof.verdict import PASSED, Judgement, failed, unknown

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

WAYS = ("argument of task", "result of task")
Build: TypeAlias = Callable[[JSON], Any]
Portrait: TypeAlias = Callable[[Any], JSON]


def plans(specs: SearchStrategy[JSON], most: int = 6, name: str = "values") -> SearchStrategy[Plan]:
    """Plans of one to `most` specifications."""
    from hypothesis import strategies as st

    return st.fixed_dictionaries({name: st.lists(specs, min_size=1, max_size=most)})


def sends(build: Build, portrait: Portrait, workers: int = 2) -> Callable[[Plan, Stage], None]:
    """A rule's `run`: sends what `plan["values"]` specifies through the shared pool."""

    def run(plan: Plan, stage: Stage) -> None:
        send(plan["values"], stage, stage.pool(workers), build, portrait)

    return run


def send(
    specs: Iterable[JSON],
    stage: Stage,
    pool: Pool,
    build: Build,
    portrait: Portrait,
    expect: Callable[[Any], Any] = lambda value: value,
    stop_early: bool = False,
) -> None:
    """Send each value as an argument, then as a result; record portraits, and those expected.

    `build` and `portrait` run in workers too, so that they are functions of a module. What is
    expected to arrive is the portrait of `expect(value)`. To `stop_early` is to ask for no result
    when an argument raised, for what makes some pools raise first and hang then.
    """
    values = [build(spec) for spec in specs]
    for key, value in enumerate(values):
        stage.note("expected", portrait(expect(value)), key)
    arguments: list[Job] = [(portrait, (value,)) for value in values]
    arrived = gather(stage, pool, WAYS[0], arguments, lambda told: told)
    if stop_early and None in arrived:
        return
    results: list[Job] = [(build, (spec,)) for spec in specs]
    gather(stage, pool, WAYS[1], results, lambda value: _look(portrait, value))


def _look(portrait: Portrait, value: Any) -> JSON:
    """The portrait of what came; a broken value may raise when it is looked at."""
    try:
        return portrait(value)
    except Exception as error:  # noqa: BLE001 - of whatever kind, it says what came
        return f"a {type(value).__name__} that raises {type(error).__name__}: {error}"[:400]


def check(
    differ: Differ = plain,
    told: Callable[[JSON], str] = brief,
    may_refuse: bool = False,
    name: str = "values",
) -> Callable[[Plan, History], Judgement]:
    """A judge of what `send` recorded; `told` says in words what a specification describes."""

    def judge(plan: Plan, history: History) -> Judgement:
        wanted = {e.key: e.value for e in history.of("expected", Kind.INFO)}
        return all_of(
            _judge(f"{way} {key}", ends.get(key), wanted.get(key), told(spec), differ, may_refuse)
            for way in WAYS
            for ends in [settled(history, way)]
            for key, spec in enumerate(plan[name])
        )

    return judge


def _judge(
    where: str, end: Event | None, want: JSON, told: str, differ: Differ, may_refuse: bool
) -> Judgement:
    if end is None or want is None:
        return unknown(f"{where} has no end in the history: the plan did not finish")
    if end.kind is Kind.FAIL:
        return PASSED if may_refuse else failed(f"{where}, {told}, raised {raised(end)}")
    difference = differ(end.value, want)
    return failed(f"{where}, {told}: {difference}") if difference else PASSED
