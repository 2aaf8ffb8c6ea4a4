"""Exceptions: raised by a task, or returned by it as a value."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING, Any

from poolproof import tasks_res
from poolproof.history import Event, History, Kind
from poolproof.plan import JSON, Plan
from poolproof.rule import Kind as RuleKind
from poolproof.rule import Level, Rule
from poolproof.rules.results import Job, all_of, brief, gather, judge, settled
from poolproof.stage.api import Stage
from poolproof.values import describe, describe_error
from poolproof.verdict import PASSED, Judgement, failed, unknown

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

_ANY_ARGUMENTS = (
    *("ValueError", "KeyError", "IndexError", "RuntimeError", "ArithmeticError"),
    *("AssertionError", "StopIteration", "TimeoutError"),
)
_OWN_ARGUMENTS: dict[str, list[JSON]] = {
    "OSError": [2, "gone"],  # becomes FileNotFoundError: what is made is not what was called
    "UnicodeDecodeError": ["utf-8", {"bytes": "ff"}, 0, 1, "invalid start byte"],
    "Misfit": [7, "too wide"],
}


def error_specs() -> SearchStrategy[JSON]:
    """Exceptions as data, see `tasks_res.make_error`: all of them survive a pickle."""
    from hypothesis import strategies as st

    scalars = st.none() | st.booleans() | st.integers(-999, 999) | st.text(max_size=8)
    plain = st.fixed_dictionaries(
        {"type": st.sampled_from(_ANY_ARGUMENTS), "args": st.lists(scalars, max_size=3)}
    )
    own = [{"type": name, "args": arguments} for name, arguments in _OWN_ARGUMENTS.items()]
    return plain | st.sampled_from(own)


def type_and_args(error: JSON) -> JSON:
    """What must arrive of a described exception."""
    return {"type": error["type"], "args": error["args"]}


def _plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return st.fixed_dictionaries({"errors": st.lists(error_specs(), min_size=1, max_size=8)})


def _expected(plan: Plan) -> list[JSON]:
    return [describe_error(tasks_res.make_error(spec)) for spec in plan["errors"]]


def _run_raised(plan: Plan, stage: Stage) -> None:
    gather(stage, stage.pool(), "apply", [(tasks_res.settle, (e,)) for e in plan["errors"]])


def _check_raised(plan: Plan, history: History) -> Judgement:
    ends = settled(history, "apply")
    return all_of(_raised(key, ends.get(key), e) for key, e in enumerate(_expected(plan)))


def _raised(key: int, end: Event | None, want: JSON) -> Judgement:
    if end is None:
        return unknown(f"apply {key} has no end in the history: the plan did not finish")
    if end.kind is Kind.OK:
        return failed(f"apply {key} returned {brief(end.value)}; its task raised {_named(want)}")
    if type_and_args(end.value) != type_and_args(want):
        return failed(f"apply {key} raised {_named(end.value)}; its task raised {_named(want)}")
    return PASSED


def _named(error: JSON) -> str:
    return f"{error['type']} with args {brief(error['args'])}"


def _run_returned(plan: Plan, stage: Stage) -> None:
    jobs: list[Job] = [(tasks_res.make_error, (spec,)) for spec in plan["errors"]]
    gather(stage, stage.pool(), "apply", jobs, _show_error)


def _show_error(value: Any) -> JSON:
    return describe_error(value) if isinstance(value, BaseException) else describe(value)


def _check_returned(plan: Plan, history: History) -> Judgement:
    return judge(history, "apply", dict(enumerate(_expected(plan))), _differ)


def _differ(got: JSON, want: JSON) -> str:
    if not (isinstance(got, dict) and "args" in got):
        return f"came {brief(got)}, expected the returned {_named(want)} as a value"
    if type_and_args(got) != type_and_args(want):
        return f"came {_named(got)}, expected the returned {_named(want)} as a value"
    return ""


def _run_traceback(plan: Plan, stage: Stage) -> None:
    for key, spec in enumerate(plan["errors"]):
        try:
            stage.pool().submit(tasks_res.fail_deep, spec).get()
        except Exception as error:  # noqa: BLE001 - whatever comes is what is looked at
            stage.note("text", all_text(error)[-4000:], key)
            stage.note("tells", tasks_res.THE_PLACE in all_text(error), key)


def all_text(error: BaseException) -> str:
    """Everything that prints with an exception: its chain, its notes, its message."""
    notes = "\n".join(getattr(error, "__notes__", ()))  # printed from 3.11 on, kept before
    return "".join(traceback.format_exception(type(error), error, error.__traceback__)) + notes


def _check_traceback(plan: Plan, history: History) -> Judgement:
    tells = {e.key: e.value for e in history.of("tells")}
    texts = {e.key: e.value for e in history.of("text")}
    return all_of(_told(key, tells.get(key), texts.get(key)) for key in range(len(plan["errors"])))


def _told(key: int, tells: bool | None, text: str | None) -> Judgement:
    if tells is None:
        return unknown(f"the exception of task {key} was not seen")
    if not tells:
        return failed(
            f"the exception of task {key} does not tell where in the task it was raised: neither "
            f"its chain nor its notes nor its message name {tasks_res.THE_PLACE!r}; it prints as "
            f"{brief((text or '')[-120:])}"
        )
    return PASSED


RULES = (
    Rule(
        id="RES-07",
        title="An exception arrives with its type and its arguments",
        level=Level.MUST,
        kind=RuleKind.POOL,
        demands="get() raises an exception of the type that the task raised, with the same args; "
        "built-in exceptions and those of an application that can be pickled and rebuilt.",
        source="https://docs.python.org/3/library/multiprocessing.html"
        "#multiprocessing.pool.AsyncResult.get",
        triage=(
            "the exception is rebuilt from its text, or from its type alone",
            "StopIteration raised inside a generator of the pool becomes RuntimeError",
            "a task's own TimeoutError taken for that of get(timeout)",
        ),
        plans=_plans,
        run=_run_raised,
        check=_check_raised,
    ),
    Rule(
        id="RES-08",
        title="An exception tells where in the worker it was raised",
        level=Level.SHOULD,
        kind=RuleKind.POOL,
        demands="The traceback of the worker can be read in what prints with the exception: its "
        "cause, its notes or its message.",
        source="https://github.com/noxdafox/pebble/pull/17",
        triage=("tracebacks do not pickle: carry them as text", "the cause lost on the way"),
        plans=_plans,
        run=_run_traceback,
        check=_check_traceback,
        after=("RES-07",),
    ),
    Rule(
        id="RES-09",
        title="A returned exception is a value",
        level=Level.MUST,
        kind=RuleKind.POOL,
        demands="A task that returns an exception object has succeeded: get() returns the object "
        "and raises nothing.",
        source="https://docs.python.org/3/library/concurrent.futures.html"
        "#concurrent.futures.Future.result",
        triage=("success told from failure by isinstance(result, Exception)",),
        plans=_plans,
        run=_run_returned,
        check=_check_returned,
    ),
)
