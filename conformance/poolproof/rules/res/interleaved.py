"""Several operations under way on one pool at once, read in another order than they were asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from poolproof import tasks_res
from poolproof.drivers import capabilities as can
from poolproof.drivers.base import Pool
from poolproof.history import History, Kind
from poolproof.plan import JSON, Plan
from poolproof.rule import Kind as RuleKind
from poolproof.rule import Level, Rule
from poolproof.rules.results import all_of, brief, raised
from poolproof.stage.api import Stage
from poolproof.values import describe
from poolproof.verdict import PASSED, Judgement, failed, unknown

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

BATCHES = ("map", "submit")
ITERATORS = ("imap", "imap_unordered")
END = "the end"
SURPLUS = 2  # results that a wrong iterator may yield too many before it is left alone


def _plans(*ops: str) -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    ask = st.fixed_dictionaries({"op": st.sampled_from(ops), "n": st.integers(0, 6)})
    return st.fixed_dictionaries(
        {
            "asks": st.lists(ask, min_size=2, max_size=6),
            "order": st.lists(st.integers(0, 5), max_size=24),  # which one to read from next
        }
    )


def _run(plan: Plan, stage: Stage) -> None:
    answers = [_asked(number, ask, stage) for number, ask in enumerate(plan["asks"])]
    unread = dict.fromkeys(range(len(answers)), 0)  # -> results that were read
    order = iter(plan["order"])
    while unread:
        number = list(unread)[next(order, 0) % len(unread)]
        place = unread[number]
        took = stage.call("read", partial(next, answers[number], END), (number, place))
        unread[number] += 1
        if took in (END, None) or place >= plan["asks"][number]["n"] + SURPLUS:
            del unread[number]


def _asked(number: int, ask: JSON, stage: Stage) -> Iterator[Any]:
    pool, items = stage.pool(), [[number, place] for place in range(ask["n"])]
    if ask["op"] == "map":
        return iter(pool.map(tasks_res.answer, items))
    if ask["op"] in ITERATORS:
        iterate: Callable[..., Iterator[Any]] = getattr(pool, ask["op"])
        return iterate(tasks_res.answer, items)
    return _submitted(pool, items)


def _submitted(pool: Pool, items: list[Any]) -> Iterator[Any]:
    pending = [pool.submit(tasks_res.answer, item) for item in items]
    return (task.get() for task in pending)


def _check(plan: Plan, history: History) -> Judgement:
    return all_of(_own(number, ask, history) for number, ask in enumerate(plan["asks"]))


def _own(number: int, ask: JSON, history: History) -> Judgement:
    """Did operation `number` get its own results, and all of them?"""
    reads = [e for e in history.of("read") if e.key[0] == number and e.kind is not Kind.INVOKE]
    what = f"{ask['op']} over {ask['n']} items, number {number} of several under way,"
    for read in reads:
        if read.kind is Kind.FAIL:
            return failed(f"{what} raised {raised(read)}; expected results")
    came = [read.value for read in reads]
    if came and came[-1] == END:
        return _all(what, ask, came[:-1], [_answered(number, n) for n in range(ask["n"])])
    if len(came) > ask["n"]:
        return failed(f"{what} goes on after {len(came)} results: {brief(came)}")
    return unknown(f"{what} was not read to its end")


def _all(what: str, ask: JSON, came: list[JSON], want: list[JSON]) -> Judgement:
    if ask["op"] == "imap_unordered":
        came, want = sorted(came, key=repr), sorted(want, key=repr)
    if came != want:
        return failed(f"{what} gave {brief(came)}, expected {brief(want)}")
    return PASSED


def _answered(number: int, place: int) -> JSON:
    return describe(tasks_res.answer([number, place]))


RULES = (
    Rule(
        id="RES-16",
        title="Results that are read in another order than they were asked for are one's own",
        level=Level.MUST,
        kind=RuleKind.POOL,
        demands="Maps and submissions are asked for, and their results read by turns, in another "
        "order. Each gives its own.",
        source="https://docs.python.org/3/library/multiprocessing.html"
        "#multiprocessing.pool.Pool.apply_async",
        triage=("results handed to whoever asks first",),
        plans=partial(_plans, *BATCHES),
        run=_run,
        check=_check,
        after=("RES-01", "RES-02"),
    ),
    Rule(
        id="RES-33",
        title="Iterators under way at once each yield their own results",
        level=Level.MUST,
        kind=RuleKind.POOL,
        demands="Several imaps, with maps and submissions, are under way on one pool, and are read "
        "by turns. Each yields its own results, all of them, in its order, and ends.",
        source="https://docs.python.org/3/library/multiprocessing.html"
        "#multiprocessing.pool.Pool.imap",
        triage=(
            "results counted by pool and not by operation",
            "one place for results that have come and were not read yet",
        ),
        plans=partial(_plans, *ITERATORS, *BATCHES),
        run=_run,
        check=_check,
        needs=frozenset({can.IMAP, can.IMAP_UNORDERED}),
        after=("RES-04", "RES-05", "RES-16"),
    ),
)
