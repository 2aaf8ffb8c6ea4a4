"""Values that a pool could mistake for its own signals."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

from poolproof import tasks
from poolproof.drivers import capabilities as can
from poolproof.drivers.base import Pool
from poolproof.history import History
from poolproof.plan import JSON, Plan
from poolproof.rule import Kind, Level, Rule
from poolproof.rules.results import all_of, brief, judge, same
from poolproof.stage.api import Stage
from poolproof.values import describe
from poolproof.verdict import Judgement

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

# What pools, executors and queues put between their messages: ends, wrappers, results and errors.
SIGNALS: dict[str, Callable[[], Any]] = {
    "None": lambda: None,
    "False": lambda: False,
    "0": lambda: 0,
    "-1": lambda: -1,
    "an empty tuple": tuple,
    "empty bytes": bytes,
    "an empty text": str,
    "Ellipsis": lambda: ...,
    "NotImplemented": lambda: NotImplemented,
    "a name": lambda: "STOP",
    "a tagged result": lambda: ("#RETURN", 5),
    "a success": lambda: (True, 5),
    "a failure": lambda: (False, ValueError(5)),
    "a message of a success": lambda: (0, 0, (True, [5])),
    "a message of a failure": lambda: (0, None, (False, ValueError(5))),
    "an exception and its traceback": lambda: (ValueError(5), "Traceback: of another"),
    "StopIteration": lambda: StopIteration,
    "a StopIteration": lambda: StopIteration(5),
    "a GeneratorExit": GeneratorExit,
    "EOFError": lambda: EOFError,
    "an EOFError": EOFError,
    "a SystemExit": lambda: SystemExit(3),
    "a queue.Empty": queue.Empty,
    "a TimeoutError": TimeoutError,
}
_ITERATED = (can.IMAP, can.IMAP_UNORDERED)


def _plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    # Many: a pool trips over one of them alone, which few plans must not miss.
    some = st.lists(st.sampled_from(sorted(SIGNALS)), min_size=15, unique=True)
    return st.fixed_dictionaries({"values": some, "chunksize": st.none() | st.integers(1, 4)})


def _run(plan: Plan, stage: Stage) -> None:
    pool = stage.pool()
    for op in ("submit", "map", *sorted(stage.capabilities & {*_ITERATED})):
        stage.call(op, partial(_through, pool, op, plan), show=_described)
    stage.call("arguments", lambda: pool.map(describe, _values(plan), plan["chunksize"]), show=list)


def _through(pool: Pool, op: str, plan: Plan) -> list[Any]:
    values = _values(plan)
    if op == "submit":
        return [pending.get() for pending in [pool.submit(tasks.identity, v) for v in values]]
    if op == "map":
        return pool.map(tasks.identity, values, plan["chunksize"])
    return list(getattr(pool, op)(tasks.identity, values))


def _values(plan: Plan) -> list[Any]:
    return [SIGNALS[name]() for name in plan["values"]]


def _described(values: Iterable[Any]) -> list[JSON]:
    return [describe(value) for value in values]


def _check(plan: Plan, history: History) -> Judgement:
    want = {None: _described(_values(plan))}
    iterated = (op for op in _ITERATED if history.of(op))
    ops = ("submit", "map", *iterated, "arguments")
    return all_of(judge(history, op, want, partial(_differ, plan, op)) for op in ops)


def _differ(plan: Plan, op: str, got: list[JSON], want: list[JSON]) -> str:
    if op == can.IMAP_UNORDERED:
        got, want = sorted(got, key=repr), sorted(want, key=repr)
    if len(got) != len(want):
        return f"{len(got)} results came of {', '.join(plan['values'])}"
    pairs = zip(got, want, strict=True)
    wrong = (f"{brief(b)} came as {brief(a)}" for a, b in pairs if not same(a, b))
    return next(wrong, "")


RULES = (
    Rule(
        id="DATA-42",
        title="What a pool could take for a signal of its own is a value like any other",
        level=Level.MUST,
        kind=Kind.POOL,
        demands="None, Ellipsis, StopIteration (the class, and instances), tuples such as (True, "
        "x) or (False, error), and others that pools and queues use to say 'the end' or 'failed', "
        "arrive as arguments and as results of single calls, map, imap and imap_unordered.",
        source="https://docs.python.org/3/library/multiprocessing.html"
        "#multiprocessing.pool.Pool.map",
        triage=(
            "a sentinel in the same queue as the values",
            "success told from failure by the look of the result",
        ),
        plans=_plans,
        run=_run,
        check=_check,
        after=("RES-04", "RES-05", "RES-09"),
    ),
)
