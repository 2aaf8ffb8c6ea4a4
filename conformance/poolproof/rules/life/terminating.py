"""terminate() with results outstanding."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

from poolproof.checkers.judging import judge
from poolproof.drivers import capabilities as can
from poolproof.drivers.base import Pending
from poolproof.gate import Gate
from poolproof.history import History
from poolproof.plan import Plan
from poolproof.rule import Kind as Driver
from poolproof.rule import Level, Rule
from poolproof.rules.results import settled
from poolproof.stage.api import Stage
from poolproof.tasks_life import work, work_at
from poolproof.verdict import Judgement

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


def _plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return st.fixed_dictionaries(
        {"workers": st.integers(1, 2), "queued": st.integers(0, 20), "waiting": st.booleans()}
    )


def _run(plan: Plan, stage: Stage) -> None:
    with Gate() as gate, stage.fresh_pool(plan["workers"]) as pool:
        pending = [pool.submit(work_at, stage.folder, gate.address, 0)]
        gate.admit()
        pending += [pool.submit(work, stage.folder, key) for key in range(1, plan["queued"] + 1)]
        if plan["waiting"]:
            threads = [_reader(stage, key, result) for key, result in enumerate(pending)]
            pool.terminate()
            for thread in threads:
                thread.join()
        else:
            pool.terminate()
            for key, result in enumerate(pending):
                stage.call("get", result.get, key)


def _reader(stage: Stage, key: int, result: Pending) -> threading.Thread:
    # daemon: one that hangs must not keep the stage from being ended
    thread = threading.Thread(target=stage.call, args=("get", result.get, key), daemon=True)
    thread.start()
    return thread


def _check(plan: Plan, history: History) -> Judgement:
    short = len(settled(history, "get")) < plan["queued"] + 1
    return judge(_problems(history), missing="not all results were read" if short else "")


def _problems(history: History) -> Iterator[str]:
    values = history.ok("get")
    done = {e.key for e in history.of("task")}
    for key, value in values.items():
        if value != key or key not in done:
            ran = "ran" if key in done else "never ran"
            yield f"task {key} {ran}, was terminated with its pool, and returned {value!r}"


BOUNDED = Rule(
    id="LIFE-04",
    title="terminate() settles every outstanding result",
    level=Level.MUST,
    kind=Driver.POOL,
    demands=(
        "The pool is terminated while a task runs and others wait, with or without threads that "
        "wait in get(). terminate() returns, and every get() returns the value of a task that was "
        "done or raises: none waits for ever."
    ),
    source="https://github.com/python/cpython/issues/126743",
    triage=(
        "Does terminate() settle what it throws away?",
        "Does terminate() wait for a worker that waits for the parent?",
    ),
    plans=_plans,
    run=_run,
    check=_check,
    needs=frozenset({can.TERMINATE, can.PROCESSES}),
)

RULES = (BOUNDED,)
