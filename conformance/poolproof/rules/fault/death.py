"""A worker dies in the middle of a task."""

from __future__ import annotations

import os
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
from poolproof.rules.fault.around import (
    bad_key,
    check_around,
    plans_around,
    run_around,
    settle,
    submit,
    submit_around,
    undue_success,
)
from poolproof.rules.results import raised, settled
from poolproof.stage.api import Stage
from poolproof.tasks_fault import KILL, die, hold
from poolproof.verdict import Judgement

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


def _kill_plans() -> SearchStrategy[Plan]:
    return plans_around()


def _run_kill(plan: Plan, stage: Stage) -> None:
    with stage.fresh_pool(plan["workers"]) as pool:
        with Gate() as gate:  # left open, it would hold a pool that runs the task again
            victim = (hold, stage.folder, gate.address, bad_key(plan))
            pending = submit_around(stage, pool, plan, *victim)
            kill_next(gate)
        settle(stage, pending)


def kill_next(gate: Gate) -> None:
    """Kill the next worker that arrives."""
    os.kill(gate.admit()[0].pid, KILL)


def _check_kill(plan: Plan, history: History) -> Judgement:
    # A pool may run the task again elsewhere: then a worker has recorded its end.
    survived = any(e.key == bad_key(plan) for e in history.of("task", Kind.OK))
    lie = undue_success(plan, history, f"the worker of task {bad_key(plan)} was killed inside it")
    return check_around(plan, history, *([] if survived else [lie]))


KILLED = Rule(
    id="FAULT-01",
    title="A worker is killed in mid-task: every outstanding result settles",
    level=Level.MUST,
    kind=Driver.POOL,
    demands=(
        "A worker is killed after its task has said that it runs. Every result, its own and those "
        "submitted before and after, becomes a value or an error: none waits for ever, none is "
        "wrong, and the killed task does not count as done."
    ),
    source="https://github.com/python/cpython/issues/66587",
    triage=(
        "Does anything watch the workers' sentinels?",
        "Does the parent know which task the dead worker held?",
        "Did the worker die while holding a lock of the task or result queue?",
    ),
    plans=_kill_plans,
    run=_run_kill,
    check=_check_kill,
    needs=frozenset({can.PROCESSES}),
)


def _die_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return plans_around(code=st.sampled_from([0, 1, 3, 255]))


def _check_die(plan: Plan, history: History) -> Judgement:
    what = f"task {bad_key(plan)} called os._exit({plan['code']})"
    return check_around(plan, history, undue_success(plan, history, what))


DIES = Rule(
    id="FAULT-05",
    title="A task ends its own process: every outstanding result settles",
    level=Level.MUST,
    kind=Driver.POOL,
    demands=(
        "A task calls os._exit(), with 0 or another code: the process ends without a word, as in a "
        "crash of native code. Every result settles, and that of this task is an error."
    ),
    source="https://github.com/python/cpython/issues/66587",
    triage=(
        "Is exit code 0 taken for the regular end of a worker?",
        "Is the task that the worker held remembered in the parent?",
    ),
    plans=_die_plans,
    run=run_around(die, "code"),
    check=_check_die,
    needs=frozenset({can.PROCESSES}),
)


def _recovery_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return st.fixed_dictionaries({"workers": st.integers(1, 2), "later": st.integers(2, 10)})


def _run_recovery(plan: Plan, stage: Stage) -> None:
    # The result of the killed task is not waited for: whether it settles is FAULT-01.
    with stage.fresh_pool(plan["workers"]) as pool:
        with Gate() as gate:  # closed for later tasks: a pool may run the killed one again
            pool.submit(hold, stage.folder, gate.address, -1)
            kill_next(gate)
        for key in range(plan["later"]):
            result = submit(stage, pool, key, tasks.identity, key)
            settle(stage, [(key, result)] if result is not None else [])
        stage.note("finished", can.RESTARTS in stage.capabilities)


def _check_recovery(plan: Plan, history: History) -> Judgement:
    missing = "" if history.facts("finished") else "not all later tasks were submitted"
    return judge(_recovery_problems(plan, history) if not missing else (), missing=missing)


def _recovery_problems(plan: Plan, history: History) -> Iterator[str]:
    for key, value in history.ok("get").items():
        if value != key:
            yield f"after a worker was killed, task {key} returned {value!r}, expected {key}"
    last = plan["later"] - 1
    if history.fact("finished") and last not in history.ok("get"):
        ends = {**settled(history, "submit"), **settled(history, "get")}
        yield (
            f"the pool replaces dead workers, it says, but {plan['later']} tasks after a worker "
            f"was killed the last one still raised {raised(ends[last])}; expected {last}"
        )


RECOVERS = Rule(
    id="FAULT-08",
    title="After a worker was killed the pool goes on, or says that it is broken",
    level=Level.SHOULD,
    kind=Driver.POOL,
    demands=(
        "Tasks submitted after a worker was killed give right results, or the pool raises (as "
        "BrokenProcessPool does). A pool that declares that it replaces dead workers must be back "
        "at work by the last of several tasks. Never does it take a task and stay silent."
    ),
    source="https://docs.python.org/3/library/concurrent.futures.html"
    "#concurrent.futures.process.BrokenProcessPool",
    triage=(
        "Is the dead worker replaced, or only missed?",
        "Does the replacement wait for a lock that the dead one held?",
    ),
    plans=_recovery_plans,
    run=_run_recovery,
    check=_check_recovery,
    needs=frozenset({can.PROCESSES}),
)

RULES = (KILLED, DIES, RECOVERS)
