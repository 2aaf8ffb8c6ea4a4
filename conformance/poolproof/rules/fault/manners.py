"""Tasks that treat their process badly."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from poolproof import tasks
from poolproof.checkers.judging import judge
from poolproof.drivers import capabilities as can
from poolproof.gate import Gate
from poolproof.history import History, Kind
from poolproof.plan import Plan
from poolproof.rule import Kind as Driver
from poolproof.rule import Level, Rule
from poolproof.rules.results import raised, settled
from poolproof.stage.api import Stage
from poolproof.tasks_fault import HABITS, ignore_sigterm, misbehave
from poolproof.verdict import Judgement

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


def _plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    habits = st.lists(st.sampled_from(sorted(HABITS)), min_size=1, max_size=4, unique=True)
    return st.fixed_dictionaries(
        {"workers": st.integers(1, 2), "habits": habits, "later": st.integers(1, 6)}
    )


def _run(plan: Plan, stage: Stage) -> None:
    with stage.fresh_pool(plan["workers"]) as pool:
        for key in range(plan["workers"]):
            stage.call("get", pool.submit(misbehave, plan["habits"], key).get, key)
        for key in range(plan["workers"], plan["workers"] + plan["later"]):
            stage.call("get", pool.submit(tasks.identity, key).get, key)
        stage.call("close", pool.close)


def _check(plan: Plan, history: History) -> Judgement:
    missing = "" if settled(history, "close") else "the pool was not closed"
    return judge(_problems(plan, history), missing=missing)


def _problems(plan: Plan, history: History) -> Iterator[str]:
    habits = ", ".join(plan["habits"])
    for op in ("get", "close"):
        for key, end in settled(history, op).items():
            if end.kind is Kind.FAIL:
                what = "close()" if op == "close" else f"task {key}"
                yield f"tasks left their processes so: {habits}; {what} raised {raised(end)}"
    for key, value in history.ok("get").items():
        if value != key:
            yield f"tasks left their processes so: {habits}; task {key} returned {value!r}"


UNTIDY = Rule(
    id="FAULT-29",
    title="A task that leaves its process untidy harms neither later tasks nor close()",
    level=Level.SHOULD,
    kind=Driver.POOL,
    demands=(
        "A task closes standard streams, replaces sys.stdout, changes the working directory, turns "
        "warnings into errors, ignores Ctrl-C, disables the garbage collector, or leaves a daemon "
        "thread that waits. It and later tasks give their values, and close() returns."
    ),
    source="https://docs.python.org/3/library/multiprocessing.html#module-multiprocessing.pool",
    triage=(
        "Does a worker write to its standard streams, or flush them, between tasks?",
        "Does a warning inside the worker's loop end it?",
    ),
    plans=_plans,
    run=_run,
    check=_check,
    needs=frozenset({can.PROCESSES}),
)


def _deaf_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return st.fixed_dictionaries({"workers": st.integers(1, 3), "waiting": st.integers(0, 2)})


def _run_deaf(plan: Plan, stage: Stage) -> None:
    with stage.fresh_pool(plan["workers"]) as pool:
        with Gate() as gate:
            asked = [
                pool.submit(ignore_sigterm, gate.address)
                for _ in range(plan["workers"] + plan["waiting"])
            ]
            gate.admit(plan["workers"])
            stage.call("terminate", pool.terminate)
        stage.note("asked", len(asked))


def _check_deaf(plan: Plan, history: History) -> Judgement:
    missing = "" if history.facts("asked") else "the pool was not terminated"
    return judge(_deaf_problems(plan, history), missing=missing)


def _deaf_problems(plan: Plan, history: History) -> Iterator[str]:
    for end in settled(history, "terminate").values():
        if end.kind is Kind.FAIL:
            yield f"tasks ignore SIGTERM, and terminate() raised {raised(end)}"


DEAF = Rule(
    id="FAULT-36",
    title="terminate() ends tasks that ignore SIGTERM",
    level=Level.SHOULD,
    kind=Driver.POOL,
    demands=(
        "Every worker is in a task that has made its process ignore SIGTERM, as programs with a "
        "handler of their own do, and that waits for something. terminate() and join() return."
    ),
    source="https://docs.python.org/3/library/multiprocessing.html"
    "#multiprocessing.pool.Pool.terminate",
    triage=("What follows SIGTERM when a worker does not end?",),
    plans=_deaf_plans,
    run=_run_deaf,
    check=_check_deaf,
    needs=frozenset({can.PROCESSES, can.POSIX, can.TERMINATE}),
    all_plans=9,
)

RULES = (UNTIDY, DEAF)
