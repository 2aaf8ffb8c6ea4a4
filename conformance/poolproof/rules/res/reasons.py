"""What an exception says beside its type and arguments: why it was raised."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolproof import tasks_res
from poolproof.history import Event, History, Kind
from poolproof.plan import Plan
from poolproof.rule import Kind as RuleKind
from poolproof.rule import Level, Rule
from poolproof.rules.res.errors import all_text, error_specs
from poolproof.rules.results import all_of, brief
from poolproof.stage.api import Stage
from poolproof.verdict import PASSED, Judgement, failed, unknown

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


def _plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    ways = st.sampled_from(tasks_res.WAYS)
    fault = st.fixed_dictionaries({"way": ways, "error": error_specs()})
    return st.fixed_dictionaries({"faults": st.lists(fault, min_size=1, max_size=5)})


def _run(plan: Plan, stage: Stage) -> None:
    for key, fault in enumerate(plan["faults"]):
        because = (fault["way"], fault["error"], _reason(key))
        try:
            stage.pool().submit(tasks_res.fail_because, *because).get()
        except Exception as error:  # noqa: BLE001 - whatever comes is what is looked at
            text = all_text(error)
            stage.note("tells", [_reason(key) in text, text[-200:]], key)


def _reason(key: int) -> str:
    return f"the-reason-of-fault-{key}"


def _check(plan: Plan, history: History) -> Judgement:
    seen = {e.key: e for e in history.of("tells", Kind.INFO)}
    return all_of(_told(key, f["way"], seen.get(key)) for key, f in enumerate(plan["faults"]))


def _told(key: int, way: str, told: Event | None) -> Judgement:
    if told is None:
        return unknown(f"the exception of task {key} was not seen")
    if not told.value[0]:
        return failed(
            f"the exception of task {key} was raised with {way}, of which nothing is left: neither "
            f"its chain nor its notes nor its message name it; it prints as {brief(told.value[1])}"
        )
    return PASSED


RULES = (
    Rule(
        id="RES-24",
        title="An exception tells why it was raised: its cause, its context, its notes",
        level=Level.MAY,
        kind=RuleKind.POOL,
        demands="What a task's exception was raised `from`, or while handling, and its notes, can "
        "be read in what prints with it at the caller, be it in the text of a remote traceback.",
        source="https://docs.python.org/3/library/exceptions.html#exception-context",
        triage=(
            "pickle carries neither __cause__ nor __context__: carry them as text",
            "only the last exception of the chain is formatted in the worker",
        ),
        plans=_plans,
        run=_run,
        check=_check,
        after=("RES-07", "RES-08"),
    ),
)
