"""Task programs: random compositions of a safe vocabulary, which give what they give serially."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from poolproof import programs
from poolproof.drivers.base import Pool
from poolproof.history import Event, History, Kind
from poolproof.plan import JSON, Plan
from poolproof.rule import Kind as RuleKind
from poolproof.rule import Level, Rule
from poolproof.rules.res.errors import type_and_args
from poolproof.rules.results import all_of, brief, raised, same, settled
from poolproof.stage.api import Stage
from poolproof.verdict import PASSED, Judgement, failed, unknown

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

DOCS = "https://docs.python.org/3/library/multiprocessing.html#multiprocessing.pool.Pool"
MOST = 20  # programs in a map


def _plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    carriers = st.sampled_from(sorted(programs.CARRIERS))
    program = programs.numbers() | programs.programs()
    job = st.fixed_dictionaries({"as": carriers, "program": program})
    return st.fixed_dictionaries({"jobs": st.lists(job, min_size=5, max_size=20)})


def _run(plan: Plan, stage: Stage) -> None:
    pending = [_submitted(stage.pool(), job) for job in plan["jobs"]]
    for key, task in enumerate(pending):
        stage.call("apply", task.get, key)


def _submitted(pool: Pool, job: JSON) -> Any:
    function, arguments, keywords = programs.CARRIERS[job["as"]](job["program"])
    return pool.submit(function, *arguments, kwargs=keywords)


def _check(plan: Plan, history: History) -> Judgement:
    ends = settled(history, "apply")
    return all_of(_as_serially(key, job, ends.get(key)) for key, job in enumerate(plan["jobs"]))


def _as_serially(key: int, job: JSON, end: Event | None) -> Judgement:
    if end is None:
        return unknown(f"apply {key} has no end in the history: the plan did not finish")
    want = programs.show(programs.try_out(job["program"]))
    got = ["value", end.value] if end.kind is Kind.OK else ["error", type_and_args(end.value)]
    if not same(got, want):
        return failed(
            f"program {key}, given as {job['as']}, ended with {_said(got)}; in one process it "
            f"ends with {_said(want)}"
        )
    return PASSED


def _said(outcome: JSON) -> str:
    return f"the {outcome[0]} {brief(outcome[1])}"


def _map_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    batch = st.lists(programs.numbers() | programs.programs(), min_size=8, max_size=MOST)
    sizes = st.lists(st.integers(1, MOST + 1), min_size=1, max_size=3, unique=True)
    return st.fixed_dictionaries({"programs": batch, "chunksizes": sizes})


def _ways(plan: Plan) -> list[tuple[int, int | None]]:
    """Numbers of workers and chunk sizes, each with each."""
    return [(workers, size) for workers in (1, 2, 3) for size in (None, *plan["chunksizes"])]


def _run_map(plan: Plan, stage: Stage) -> None:
    for way in _ways(plan):
        stage.call("map", partial(_mapped, stage, plan, *way), way, show=_shown)


def _mapped(stage: Stage, plan: Plan, workers: int, chunksize: int | None) -> list[Any]:
    return stage.pool(workers).map(programs.try_out, plan["programs"], chunksize)


def _shown(outcomes: list[Any]) -> list[JSON]:
    return [programs.show(outcome) for outcome in outcomes]


def _check_map(plan: Plan, history: History) -> Judgement:
    serial = _shown([programs.try_out(program) for program in plan["programs"]])
    ends = settled(history, "map")
    return all_of(_same(way, ends.get(way), serial) for way in _ways(plan))


def _same(way: tuple[int, int | None], end: Event | None, serial: list[JSON]) -> Judgement:
    what = f"map of {len(serial)} programs with {way[0]} worker(s) and chunksize={way[1]}"
    if end is None:
        return unknown(f"{what} has no end in the history: the plan did not finish")
    if end.kind is Kind.FAIL:
        return failed(f"{what} raised {raised(end)}; expected outcomes")
    if len(end.value) != len(serial):
        return failed(f"{what} returned {len(end.value)} outcomes")
    for key, (got, want) in enumerate(zip(end.value, serial, strict=True)):
        if not same(got, want):
            return failed(
                f"{what}: program {key} ended with {_said(got)}; in one process it ends with "
                f"{_said(want)}"
            )
    return PASSED


RULES = (
    Rule(
        id="RES-15",
        title="A program of many operations ends as it does without a pool",
        level=Level.MUST,
        kind=RuleKind.POOL,
        demands="Random programs over numbers of any size, fractions, decimals, dates, text, bytes "
        "and containers, some of which raise half-way, end with the value or the exception of the "
        "serial run: given as arguments, as keywords, and inside partials, callable objects and "
        "bound methods.",
        source=f"{DOCS}.apply_async",
        triage=(
            "values rebuilt as another type: Decimal as float",
            "callables that are taken apart: partial.func without its arguments",
        ),
        plans=_plans,
        run=_run,
        check=_check,
        after=("RES-01", "RES-07", "RES-14"),
    ),
    Rule(
        id="RES-28",
        title="Outcomes depend neither on the number of workers nor on the chunk size",
        level=Level.MUST,
        kind=RuleKind.POOL,
        demands="map over the same programs gives the same outcomes, types included, with 1, 2 and "
        "3 workers and with chunks of any size: those of the serial run.",
        source=f"{DOCS}.map",
        triage=(
            "values packed together because they lie in one chunk",
            "one item of a chunk that changes what its neighbours give",
        ),
        plans=_map_plans,
        run=_run_map,
        check=_check_map,
        after=("RES-02", "RES-09"),
    ),
)
