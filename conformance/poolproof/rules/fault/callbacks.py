"""Callbacks that raise."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from poolproof import tasks
from poolproof.checkers.judging import judge
from poolproof.drivers import capabilities as can
from poolproof.history import History, Kind
from poolproof.plan import Plan
from poolproof.rule import Kind as Driver
from poolproof.rule import Level, Rule
from poolproof.rules.results import raised, settled
from poolproof.stage.api import Stage
from poolproof.tasks_fault import raise_error
from poolproof.verdict import Judgement

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


_LAST = {"task": "returns", "callback_raises": False}


class CallbackBroke(Exception):
    """What a callback raises."""


def _plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    job = st.fixed_dictionaries(
        {"task": st.sampled_from(["returns", "raises"]), "callback_raises": st.booleans()}
    )
    return st.fixed_dictionaries({"jobs": st.lists(job, min_size=1, max_size=8)})


def _run(plan: Plan, stage: Stage) -> None:
    pool = stage.pool()
    called = threading.Semaphore(0)

    def hook(key: int, breaks: bool) -> Callable[[Any], None]:
        def call(_: Any) -> None:
            stage.note("called", None, key)
            called.release()
            if breaks:
                raise CallbackBroke(key)

        return call

    pending = []
    for key, job in enumerate([*plan["jobs"], _LAST]):
        task = partial(raise_error, "ValueError") if job["task"] == "raises" else tasks.identity
        call = hook(key, job["callback_raises"])
        pending.append(pool.submit(task, key, callback=call, error_callback=call))
    for key, result in enumerate(pending):
        stage.call("get", result.get, key)
    for key, _ in enumerate(pending):
        stage.call("callback", called.acquire, key)


def _check(plan: Plan, history: History) -> Judgement:
    many = len(plan["jobs"]) + 1
    ended = settled(history, "callback")
    missing = "" if len(ended) == many else f"only {len(ended)} of {many} callbacks were seen"
    return judge(_problems(plan, history), missing=missing)


def _problems(plan: Plan, history: History) -> Iterator[str]:
    for key, end in settled(history, "get").items():
        fails = key < len(plan["jobs"]) and plan["jobs"][key]["task"] == "raises"
        if end.kind is Kind.FAIL and not fails:
            yield f"task {key} returned, and its get() raised {raised(end)}"
        elif end.kind is Kind.OK and (fails or end.value != key):
            yield f"get() of task {key} returned {end.value!r}"


HARMLESS = Rule(
    id="FAULT-37",
    title="A callback that raises stops neither the pool nor other callbacks",
    level=Level.MUST,
    kind=Driver.POOL,
    needs=frozenset({can.CALLBACKS}),
    after=("RES-06", "FAULT-06"),
    demands=(
        "Some callbacks raise, of tasks that return and of tasks that raise. Every get() comes "
        "back with its task's own value or error, and every later callback is called. (The "
        "exception of a callback has nobody to go to; executors log it.)"
    ),
    source="https://github.com/python/cpython/issues/83371",
    triage=(
        "Which thread runs callbacks? Does it end with what they raise?",
        "Is a result made ready before its callback runs, or never if that raises?",
    ),
    plans=_plans,
    run=_run,
    check=_check,
)

RULES = (HARMLESS,)
