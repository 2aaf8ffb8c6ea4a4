"""A worker is paused, as a debugger, a laptop's lid or SIGSTOP does it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from poolproof import tasks
from poolproof.checkers.judging import judge
from poolproof.drivers import capabilities as can
from poolproof.gate import Gate
from poolproof.history import History
from poolproof.plan import Plan
from poolproof.rule import Kind as Driver
from poolproof.rule import Level, Rule
from poolproof.rules.fault.idle import crew
from poolproof.rules.results import raised, settled
from poolproof.stage.api import Stage
from poolproof.tasks_fault import hold
from poolproof.verdict import Judgement

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


@contextmanager
def paused(pid: int) -> Iterator[None]:
    """Suspend a process, and let it go on."""
    import psutil

    process = psutil.Process(pid)
    process.suspend()
    try:
        # SIGSTOP takes effect when its process runs next; nobody but a parent is told of it.
        while psutil.POSIX and process.status() != psutil.STATUS_STOPPED:
            time.sleep(0.001)
        yield
    finally:
        process.resume()


def _plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return st.fixed_dictionaries({"workers": st.integers(2, 3), "others": st.integers(2, 12)})


def _run_busy(plan: Plan, stage: Stage) -> None:
    workers, others = plan["workers"], plan["others"]
    with stage.fresh_pool(workers) as pool:
        with Gate() as gate:
            held = [pool.submit(hold, stage.folder, gate.address, key) for key in range(workers)]
            victim, *rest = gate.admit(workers)
            with paused(victim.pid):
                for visitor in rest:
                    visitor.release()
                keys = range(workers, workers + others)
                later = [pool.submit(tasks.identity, key) for key in keys]
                for key, result in zip(keys, later, strict=True):
                    stage.call("get", result.get, key)
        for key, result in enumerate(held):
            stage.call("get", result.get, key)


def _run_idle(plan: Plan, stage: Stage) -> None:
    others = plan["others"]
    with stage.fresh_pool(plan["workers"]) as pool:
        victim, *_ = crew(pool, plan["workers"])
        with Gate() as gate:
            with paused(victim):
                asked = [pool.submit(hold, stage.folder, gate.address, k) for k in range(others)]
                _pass(gate, others // 2)
            _pass(gate, others - others // 2)
        for key, result in enumerate(asked):
            stage.call("get", result.get, key)


def _pass(gate: Gate, count: int) -> None:
    for _ in range(count):
        gate.admit()[0].release()


def _check_busy(plan: Plan, history: History) -> Judgement:
    return _check(plan["workers"] + plan["others"], history)


def _check_idle(plan: Plan, history: History) -> Judgement:
    return _check(plan["others"], history)


def _check(count: int, history: History) -> Judgement:
    ended = len(settled(history, "get"))
    missing = "" if ended == count else f"only {ended} of {count} results were read"
    return judge(_problems(history), missing=missing)


def _problems(history: History) -> Iterator[str]:
    for key in history.failures("get"):
        yield (
            f"a worker was paused and went on, and task {key} raised "
            f"{raised(settled(history, 'get')[key])}; expected {key}"
        )
    for key, value in history.ok("get").items():
        if value != key:
            yield f"a worker was paused and went on, and task {key} returned {value!r}"


BUSY = Rule(
    id="FAULT-24",
    title="A worker is paused in a task: the other workers go on, and it ends its task later",
    level=Level.SHOULD,
    kind=Driver.POOL,
    demands=(
        "One of several workers is suspended in the middle of a task. Tasks that are submitted "
        "meanwhile give their values before it goes on; then the task in its hands gives its own."
    ),
    source="https://github.com/python/cpython/issues/96062",
    triage=(
        "Are tasks dealt out to workers before these are free?",
        "Is a worker that does not answer taken for dead?",
    ),
    plans=_plans,
    run=_run_busy,
    check=_check_busy,
    needs=frozenset({can.PROCESSES}),
    deadline_s=5.0,
)

RESTING = Rule(
    id="FAULT-25",
    title="An idle worker is paused: the other workers go on",
    level=Level.SHOULD,
    kind=Driver.POOL,
    demands=(
        "One of several idle workers is suspended. Of the tasks that are submitted meanwhile at "
        "least half run before it goes on (some may be in its hands), and all give their values "
        "in the end."
    ),
    source="https://github.com/python/cpython/issues/96062",
    triage=("Does an idle worker wait for tasks with a lock in its hands that all workers need?",),
    plans=_plans,
    run=_run_idle,
    check=_check_idle,
    needs=frozenset({can.PROCESSES}),
    deadline_s=5.0,
)

RULES = (BUSY, RESTING)
