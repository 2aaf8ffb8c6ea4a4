"""Waiting for a result: get(timeout), get() again, done()."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from poolproof import tasks_res
from poolproof.drivers.base import Pending
from poolproof.gate import Gate
from poolproof.history import Event, History, Kind
from poolproof.plan import JSON, Plan
from poolproof.rule import Kind as RuleKind
from poolproof.rule import Level, Rule
from poolproof.rules.results import all_of, brief, judge, raised, settled
from poolproof.stage.api import Stage
from poolproof.verdict import PASSED, Judgement, failed, unknown

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

DOCS = "https://docs.python.org/3/library/multiprocessing.html#multiprocessing.pool.AsyncResult"
# Those that a reader of a program would write, and those that are over at once.
TIMEOUTS = (0, 0.0, 1e-9, 0.001)
FUTURE = "https://docs.python.org/3/library/concurrent.futures.html#concurrent.futures.Future"


def _values() -> SearchStrategy[list[JSON]]:
    from hypothesis import strategies as st

    values = st.none() | st.booleans() | st.integers(-99, 99) | st.text(max_size=3)
    return st.lists(values, min_size=1, max_size=4)


def _timeout_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    timeouts = st.lists(st.sampled_from(TIMEOUTS), min_size=1, max_size=3)
    return st.fixed_dictionaries({"values": _values(), "timeouts": timeouts})


def _held(gate: Gate, stage: Stage, values: list[JSON]) -> list[Pending]:
    """Tasks of which none ends before the gate opens, and at least one has begun."""
    pool = stage.pool()
    pending = [pool.submit(tasks_res.passes_gate, gate.address, value) for value in values]
    gate.admit()
    return pending


def _run_timeout(plan: Plan, stage: Stage) -> None:
    with Gate() as gate:
        pending = _held(gate, stage, plan["values"])
        for key, task in enumerate(pending):
            for attempt, timeout in enumerate(plan["timeouts"]):
                stage.call("early get", partial(task.get, timeout), (key, attempt))
    for key, task in enumerate(pending):
        stage.call("get", task.get, key)
        stage.call("get again", task.get, key)


def _check_timeout(plan: Plan, history: History) -> Judgement:
    early = settled(history, "early get")
    attempts = [(k, a) for k in range(len(plan["values"])) for a in range(len(plan["timeouts"]))]
    values = dict(enumerate(plan["values"]))
    return all_of(
        (
            *(_timed_out(plan, at, early.get(at)) for at in attempts),
            judge(history, "get", values),
            judge(history, "get again", values),
        )
    )


def _timed_out(plan: Plan, at: tuple[int, int], end: Event | None) -> Judgement:
    if end is None:
        return unknown(f"early get {at} has no end in the history: the plan did not finish")
    what = f"get(timeout={plan['timeouts'][at[1]]}) of task {at[0]}, which had not finished,"
    if end.kind is Kind.OK:
        return failed(f"{what} returned {brief(end.value)}; expected TimeoutError")
    if end.value["type"] != "builtins.TimeoutError":
        return failed(f"{what} raised {raised(end)}; expected TimeoutError")
    return PASSED


def _done_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    from poolproof.rules.res.errors import error_specs

    tasks = st.lists(st.integers(-99, 99) | error_specs(), min_size=1, max_size=4)
    return st.fixed_dictionaries({"values": tasks, "asks": st.integers(1, 3)})


def _run_done(plan: Plan, stage: Stage) -> None:
    with Gate() as gate:
        pending = _held(gate, stage, plan["values"])
        for _ in range(plan["asks"]):
            for key, task in enumerate(pending):
                stage.note("done before", task.done(), key)
    for key, task in enumerate(pending):
        stage.call("get", task.get, key)
        stage.note("done after", task.done(), key)


def _check_done(plan: Plan, history: History) -> Judgement:
    return all_of(
        (
            *(_never(e) for e in history.of("done before")),
            *(_at_last(key, history) for key in range(len(plan["values"]))),
        )
    )


def _never(event: Event) -> Judgement:
    if event.value:
        return failed(f"done() of task {event.key} said True while the task was still held up")
    return PASSED


def _at_last(key: int, history: History) -> Judgement:
    said = [e.value for e in history.of("done after") if e.key == key]
    if not said or key not in settled(history, "get"):
        return unknown(f"the result of task {key} was not read: the plan did not finish")
    if not said[0]:
        return failed(f"done() of task {key} said False after its get() had come back")
    return PASSED


RULES = (
    Rule(
        id="RES-13",
        title="get(timeout) gives up on an unfinished task, and a later get() has its value",
        level=Level.MUST,
        kind=RuleKind.POOL,
        demands="While its task has not finished, get(timeout) raises TimeoutError, as often as it "
        "is asked, also with 0. That takes nothing away: get() returns the value afterwards, and "
        "once more when it is asked again.",
        source=f"{DOCS}.get",
        triage=(
            "timeout=0 taken for 'no timeout' (`if timeout:`)",
            "a wait that timed out read as a result of None",
            "a timeout that forgets or cancels the task",
        ),
        plans=_timeout_plans,
        run=_run_timeout,
        check=_check_timeout,
    ),
    Rule(
        id="RES-25",
        title="done() tells the truth",
        level=Level.MUST,
        kind=RuleKind.POOL,
        demands="ready(), or done() of a Future, is False while the task has not finished, begun "
        "or not, and True once get() has returned its value or raised its error.",
        source=f"{FUTURE}.done",
        triage=("'sent to a worker' taken for 'finished'", "set after the reader was woken"),
        plans=_done_plans,
        run=_run_done,
        check=_check_done,
    ),
)
