"""Many items at once: map, starmap, imap and imap_unordered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from poolproof import tasks_res
from poolproof.drivers import capabilities as can
from poolproof.history import History, Kind
from poolproof.plan import JSON, Plan
from poolproof.rule import Kind as RuleKind
from poolproof.rule import Level, Rule
from poolproof.rules.results import brief, raised, same, settled
from poolproof.stage.api import Stage
from poolproof.values import describe
from poolproof.verdict import PASSED, Judgement, failed, unknown

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

DOCS = "https://docs.python.org/3/library/multiprocessing.html#multiprocessing.pool.Pool"
FEEDS: dict[str, Callable[[range], Iterable[int]]] = {
    "range": lambda numbers: numbers,
    "list": list,
    "tuple": tuple,
    "generator": lambda numbers: (number for number in numbers),  # no len()
}
MOST = 50  # items


def _shown(values: Iterable[Any]) -> list[JSON]:
    return [describe(value) for value in values]


def _plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return st.fixed_dictionaries(
        {"n": st.integers(0, MOST), "feed": st.sampled_from(sorted(FEEDS))},
    )


def _map_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    chunksize = st.none() | st.integers(1, MOST + 10)
    workers = st.integers(1, 3)
    more = st.fixed_dictionaries({"chunksize": chunksize, "workers": workers})
    return st.builds(lambda plan, rest: plan | rest, _plans(), more)


def _items(plan: Plan) -> Iterable[int]:
    return FEEDS[plan["feed"]](range(plan["n"]))


def _expected(plan: Plan) -> list[JSON]:
    return _shown(tasks_res.square(number) for number in range(plan["n"]))


def _run_map(plan: Plan, stage: Stage) -> None:
    pool = stage.pool(plan["workers"])
    chunksize = plan["chunksize"]
    stage.call("map", lambda: pool.map(tasks_res.square, _items(plan), chunksize), show=_shown)


def _check_map(plan: Plan, history: History) -> Judgement:
    return _in_order("map", _expected(plan), history)


def _row_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    rows = st.lists(st.lists(st.integers(-99, 99), max_size=3), max_size=20)
    return st.fixed_dictionaries({"rows": rows})


def _run_starmap(plan: Plan, stage: Stage) -> None:
    rows = [tuple(row) for row in plan["rows"]]
    stage.call("starmap", lambda: stage.pool().starmap(tasks_res.row, rows), show=_shown)


def _check_starmap(plan: Plan, history: History) -> Judgement:
    return _in_order("starmap", _shown(tasks_res.row(*r) for r in plan["rows"]), history)


def _run_imap(plan: Plan, stage: Stage) -> None:
    def drain() -> list[Any]:
        return _drained(stage.pool().imap(tasks_res.square, _items(plan)), plan)

    stage.call("imap", drain, show=_shown)


def _check_imap(plan: Plan, history: History) -> Judgement:
    return _in_order("imap", _expected(plan), history)


def _run_unordered(plan: Plan, stage: Stage) -> None:
    def drain() -> list[Any]:
        return _drained(stage.pool().imap_unordered(tasks_res.square, _items(plan)), plan)

    stage.call("imap_unordered", drain, show=_shown)


def _check_unordered(plan: Plan, history: History) -> Judgement:
    came, judgement = _result("imap_unordered", history)
    if came is None:
        return judgement
    got, want = Counter(map(brief, came)), Counter(map(brief, _expected(plan)))
    if got == want:
        return PASSED
    missing, surplus = list((want - got).elements()), list((got - want).elements())
    return failed(
        f"imap_unordered over {plan['n']} items: {len(missing)} results are missing "
        f"({', '.join(missing[:3])}), {len(surplus)} came too often or unasked "
        f"({', '.join(surplus[:3])})"
    )


def _drained(results: Iterator[Any], plan: Plan) -> list[Any]:
    """All results, but only a few beyond what was asked for: a wrong iterator may never end."""
    return list(islice(results, plan["n"] + 3))


def _in_order(op: str, expected: list[JSON], history: History) -> Judgement:
    came, judgement = _result(op, history)
    if came is None:
        return judgement
    if len(came) != len(expected):
        return failed(f"{op} over {len(expected)} items returned {len(came)} results")
    for index, (got, want) in enumerate(zip(came, expected, strict=True)):
        if not same(got, want):
            return failed(f"{op}: result {index} is {brief(got)}, expected {brief(want)}")
    return PASSED


def _result(op: str, history: History) -> tuple[list[JSON] | None, Judgement]:
    end = settled(history, op).get(None)
    if end is None:
        return None, unknown(f"{op} has no end in the history: the plan did not finish")
    if end.kind is Kind.FAIL:
        return None, failed(f"{op} raised {raised(end)}; expected results")
    return end.value, PASSED


RULES = (
    Rule(
        id="RES-02",
        title="map keeps the order of its items at any chunk size",
        level=Level.MUST,
        kind=RuleKind.POOL,
        demands="One result an item, in the order of the items: for no items, one, fewer than "
        "workers and many; for every chunk size, also none and larger than the number of items; "
        "for sequences and for generators.",
        source=f"{DOCS}.map",
        triage=(
            "the last, shorter chunk",
            "chunks joined in the order in which they came back",
            "an input without len()",
        ),
        plans=_map_plans,
        run=_run_map,
        check=_check_map,
    ),
    Rule(
        id="RES-03",
        title="starmap unpacks each row into arguments",
        level=Level.MUST,
        kind=RuleKind.POOL,
        demands="starmap(f, rows) returns f(*row) for each row, in order, rows of no argument and "
        "of uneven length too.",
        source=f"{DOCS}.starmap",
        triage=("an empty row", "rows passed whole, or flattened"),
        plans=_row_plans,
        run=_run_starmap,
        check=_check_starmap,
        needs=frozenset({can.STARMAP}),
    ),
    Rule(
        id="RES-04",
        title="imap yields results in the order of its items",
        level=Level.MUST,
        kind=RuleKind.POOL,
        demands="One result an item, in the order of the items although later tasks end earlier, "
        "and then the iterator ends.",
        source=f"{DOCS}.imap",
        triage=("results handed over as they come", "an input without len()"),
        plans=_plans,
        run=_run_imap,
        check=_check_imap,
        needs=frozenset({can.IMAP}),
    ),
    Rule(
        id="RES-05",
        title="imap_unordered yields each result exactly once",
        level=Level.MUST,
        kind=RuleKind.POOL,
        demands="What imap_unordered yields is a permutation of the results, and then the iterator "
        "ends.",
        source=f"{DOCS}.imap_unordered",
        triage=("a result handed over twice", "results lost when two arrive at once"),
        plans=_plans,
        run=_run_unordered,
        check=_check_unordered,
        needs=frozenset({can.IMAP_UNORDERED}),
    ),
)
