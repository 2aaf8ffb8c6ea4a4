"""Keyword arguments, also those that a pool has parameters of the same name for."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from poolproof import tasks_res
from poolproof.graphs import build, scalars
from poolproof.history import History
from poolproof.plan import JSON, Plan
from poolproof.rule import Kind as RuleKind
from poolproof.rule import Level, Rule
from poolproof.rules.results import judge
from poolproof.stage.api import Stage
from poolproof.values import describe
from poolproof.verdict import Judgement

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

# Parameters of apply_async, of submit, of what pools call inside; and two that are nobody's.
NAMES = (
    *("func", "args", "kwds", "callback", "error_callback", "chunksize", "iterable", "timeout"),
    *("fn", "self", "kwargs", "function", "task", "result", "x", "größe"),
)


def _plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    keywords = st.dictionaries(st.sampled_from(NAMES), scalars(), max_size=6)
    job = {"arguments": st.lists(scalars(), max_size=2), "keywords": keywords.map(_pairs)}
    return st.fixed_dictionaries(
        {"jobs": st.lists(st.fixed_dictionaries(job), min_size=1, max_size=5)}
    )


def _pairs(keywords: dict[str, JSON]) -> list[list[JSON]]:
    """A list keeps an order, which a plan's objects do not."""
    return [list(item) for item in keywords.items()]


def _call(job: JSON) -> tuple[list[JSON], dict[str, JSON]]:
    keywords = {name: build(value) for name, value in job["keywords"]}
    return [build(value) for value in job["arguments"]], keywords


def _run(plan: Plan, stage: Stage) -> None:
    for key, job in enumerate(plan["jobs"]):
        stage.call("apply", partial(_apply, stage, *_call(job)), key)


def _apply(stage: Stage, arguments: list[Any], keywords: dict[str, Any]) -> Any:
    return stage.pool().submit(tasks_res.called_with, *arguments, kwargs=keywords).get()


def _check(plan: Plan, history: History) -> Judgement:
    calls = map(_call, plan["jobs"])
    serial = (tasks_res.called_with(*arguments, **keywords) for arguments, keywords in calls)
    return judge(history, "apply", {key: describe(value) for key, value in enumerate(serial)})


RULES = (
    Rule(
        id="RES-14",
        title="Keyword arguments arrive, whatever their names",
        level=Level.MUST,
        kind=RuleKind.POOL,
        demands="A call with keywords gets these keywords, with their values and in their order, "
        "beside its other arguments: also names that apply_async has in `kwds` and that "
        "`submit(fn, /, *args, **kwargs)` leaves to the task, like `fn`, `self` or `timeout`.",
        source="https://docs.python.org/3/library/concurrent.futures.html"
        "#concurrent.futures.Executor.submit",
        triage=(
            "parameters that are not positional-only: submit(self, fn, ...)",
            "keywords that the pool takes for options of its own",
        ),
        plans=_plans,
        run=_run,
        check=_check,
    ),
)
