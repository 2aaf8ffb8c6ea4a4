"""Many tasks that raise ordinary errors."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from poolproof import tasks
from poolproof.checkers.judging import judge
from poolproof.drivers.base import Pool
from poolproof.history import History, Kind
from poolproof.plan import Plan
from poolproof.rule import Kind as Driver
from poolproof.rule import Level, Rule
from poolproof.rules.fault.around import settle, submit
from poolproof.rules.results import raised, settled
from poolproof.stage.api import Stage
from poolproof.tasks_fault import ERRORS, raise_error
from poolproof.verdict import Judgement

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


def _plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return st.fixed_dictionaries(
        {
            "workers": st.integers(1, 3),
            "storm": st.lists(st.sampled_from(sorted(ERRORS)), min_size=1, max_size=40),
            "later": st.integers(1, 10),
        }
    )


def _run(plan: Plan, stage: Stage) -> None:
    storm = list(enumerate(plan["storm"]))
    pool = stage.pool(plan["workers"])
    asked = [(key, submit(stage, pool, key, raise_error, name, key)) for key, name in storm]
    settle(stage, [(key, result) for key, result in asked if result is not None])
    for key in range(len(storm), len(storm) + plan["later"]):
        stage.call("later", partial(_one_more, pool, key), key)


def _one_more(pool: Pool, key: int) -> int:
    value: int = pool.submit(tasks.identity, key).get()
    return value


def _check(plan: Plan, history: History) -> Judgement:
    storm, later = len(plan["storm"]), plan["later"]
    ended = settled(history, "later")
    missing = "" if len(ended) == later else f"only {len(ended)} of {later} later tasks ended"
    return judge(_problems(storm, history) if not missing else (), missing=missing)


def _problems(storm: int, history: History) -> Iterator[str]:
    for key, value in history.ok("get").items():
        yield f"task {key} raised an error and its result is the value {value!r}"
    for key, end in settled(history, "later").items():
        if end.kind is Kind.FAIL:
            yield f"after {storm} tasks that failed, task {key} raised {raised(end)}"
        elif end.value != key:
            yield f"after {storm} tasks that failed, task {key} returned {end.value!r}"


USABLE = Rule(
    id="FAULT-06",
    title="A storm of ordinary exceptions leaves the pool usable",
    level=Level.MUST,
    kind=Driver.POOL,
    demands=(
        "Many tasks in a row raise ordinary exceptions, among them those that a pool's own loops "
        "could mistake for their own (StopIteration, EOFError, OSError, TimeoutError). Each is its "
        "task's result, and tasks submitted afterwards give theirs."
    ),
    source="https://docs.python.org/3/library/concurrent.futures.html"
    "#concurrent.futures.Future.result",
    triage=(
        "Does a worker's loop tell a task's EOFError or OSError from that of its own channel?",
        "Does a worker end after an error?",
    ),
    plans=_plans,
    run=_run,
    check=_check,
)

RULES = (USABLE,)
