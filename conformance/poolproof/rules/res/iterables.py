"""What can be given to map and its like: any iterable, an empty one too, and how far it is read."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

from poolproof import tasks_res
from poolproof.drivers import capabilities as can
from poolproof.drivers.base import Pool
from poolproof.history import History, Kind
from poolproof.plan import JSON, Plan
from poolproof.rule import Kind as RuleKind
from poolproof.rule import Level, Rule
from poolproof.rules.results import all_of, brief, judge
from poolproof.stage.api import Stage
from poolproof.values import describe
from poolproof.verdict import PASSED, Judgement, failed, unknown

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

DOCS = "https://docs.python.org/3/library/multiprocessing.html#multiprocessing.pool.Pool"
FEEDS: dict[str, Callable[[int], Iterable[Any]]] = {
    "list": lambda n: [(i,) for i in range(n)],
    "generator": lambda n: ((i,) for i in range(n)),
    "iterator": lambda n: iter([(i,) for i in range(n)]),
    "dict": lambda n: dict.fromkeys((i,) for i in range(n)),
    "keys of a dict": lambda n: dict.fromkeys((i,) for i in range(n)).keys(),
    "values of a dict": lambda n: {i: (i,) for i in range(n)}.values(),
    "items of a dict": lambda n: {i: i for i in range(n)}.items(),
    "text": lambda n: "abcdefgh"[:n],
    "bytes": lambda n: b"\x00\x01\x02\x03\x04\x05\x06\x07"[:n],
    "set": lambda n: set(range(n)),
    "deque": lambda n: deque((i,) for i in range(n)),
    "enumerate": lambda n: enumerate(range(n)),
    "range": range,
}
ROWS = frozenset(FEEDS) - {"bytes", "set", "range"}  # their items can be unpacked
MOST = 8
OTHERS = (can.STARMAP, can.IMAP, can.IMAP_UNORDERED)


def _plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return st.fixed_dictionaries(
        {
            "feed": st.sampled_from(sorted(FEEDS)),
            "n": st.just(0) | st.integers(0, MOST),
            "chunksize": st.none() | st.integers(1, MOST + 1),
        }
    )


def _run(ops: tuple[str, ...], plan: Plan, stage: Stage) -> None:
    pool = stage.pool()
    for op in _fitting(ops, plan):
        stage.call(op, partial(_batch, pool, op, plan), show=_shown)
    stage.call("apply afterwards", lambda: pool.submit(tasks_res.identity, 7).get())


def _fitting(ops: tuple[str, ...], plan: Plan) -> list[str]:
    return [op for op in ops if op != can.STARMAP or plan["feed"] in ROWS]


def _batch(pool: Pool, op: str, plan: Plan) -> list[Any]:
    items = FEEDS[plan["feed"]](plan["n"])
    if op == "map":
        return pool.map(tasks_res.row, items, plan["chunksize"])
    if op == can.STARMAP:
        rows: Any = items
        return pool.starmap(tasks_res.row, rows)
    results: Iterator[Any] = getattr(pool, op)(tasks_res.row, items)
    return list(islice(results, plan["n"] + 3))


def _shown(values: Iterable[Any]) -> list[JSON]:
    return [describe(value) for value in values]


def _check(ops: tuple[str, ...], plan: Plan, history: History) -> Judgement:
    batches = (
        judge(history, op, {None: _serial(op, plan)}, partial(_differ, op))
        for op in _fitting(ops, plan)
    )
    return all_of((*batches, judge(history, "apply afterwards", {None: 7})))


def _serial(op: str, plan: Plan) -> list[JSON]:
    items = FEEDS[plan["feed"]](plan["n"])
    return _shown(tasks_res.row(*(x if op == can.STARMAP else [x])) for x in items)


def _differ(op: str, got: JSON, want: JSON) -> str:
    if op == can.IMAP_UNORDERED:
        got, want = sorted(got, key=repr), sorted(want, key=repr)
    return "" if got == want else f"came {brief(got)}, expected {brief(want)}"


# What a lazy pool may hold for each of its workers: several chunks, but not the whole input.
AHEAD = 16
WORKERS = 2
LEAST, LONGEST = 4 * AHEAD * WORKERS, 6 * AHEAD * WORKERS


def _lazy_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    ops = st.sampled_from([can.IMAP, can.IMAP_UNORDERED])
    return st.fixed_dictionaries({"op": ops, "n": st.integers(LEAST, LONGEST)})


def _run_lazy(plan: Plan, stage: Stage) -> None:
    def numbers() -> Iterator[int]:
        for number in range(plan["n"]):
            stage.note("given", number)
            yield number

    iterate: Callable[..., Iterator[int]] = getattr(stage.pool(WORKERS), plan["op"])
    results = iterate(partial(tasks_res.worked, stage.folder), numbers())
    stage.call(plan["op"], lambda: sum(1 for _ in islice(results, plan["n"] + 1)))


def _check_lazy(plan: Plan, history: History) -> Judgement:
    """Each task recorded its end before the pool could know of it: nobody is accused wrongly."""
    given = worked = furthest = 0
    for event in history:
        given += event.op == "given"
        worked += event.op == "task" and event.kind is Kind.OK
        furthest = max(furthest, given - worked)
    if furthest > AHEAD * WORKERS:
        return failed(
            f"{plan['op']} had read {furthest} items of its input whose tasks had not ended, with "
            f"{WORKERS} workers; a lazy one reads at most {AHEAD} a worker ahead"
        )
    if given < plan["n"] or worked < plan["n"]:
        return unknown(f"{worked} of {plan['n']} tasks were seen to end")
    return PASSED


def _any_iterable(id: str, names: str, ops: tuple[str, ...], *after: str) -> Rule:
    return Rule(
        id=id,
        title=f"{names} any iterable, also an empty one",
        level=Level.MUST,
        kind=RuleKind.POOL,
        demands="Sequences, sets, dicts and their views, text, bytes, iterators and generators, "
        "with and without items, give one result an item, in the order of iteration; afterwards "
        "the pool runs tasks as before.",
        source=f"{DOCS}.{ops[0]}",
        triage=("len() and an index taken for granted", "a batch without items never ends"),
        plans=_plans,
        run=partial(_run, ops),
        check=partial(_check, ops),
        needs=frozenset(ops) - {"map"},
        after=after,
    )


RULES = (
    Rule(
        id="RES-19",
        title="imap reads its input as its workers get free",
        level=Level.MAY,
        kind=RuleKind.POOL,
        demands=f"imap and imap_unordered never have more than {AHEAD} items a worker read from "
        "their input whose tasks have not ended: an input that is long, or endless, is not "
        "gathered in memory.",
        source="https://github.com/python/cpython/issues/64192",
        triage=("a thread that reads the whole input into a queue",),
        plans=_lazy_plans,
        run=_run_lazy,
        check=_check_lazy,
        needs=frozenset({can.IMAP, can.IMAP_UNORDERED}),
        after=("RES-04", "RES-05"),
    ),
    _any_iterable("RES-20", "map takes", ("map",), "RES-02"),
    _any_iterable("RES-34", "starmap and imap take", OTHERS, "RES-03", "RES-04", "RES-05"),
)
