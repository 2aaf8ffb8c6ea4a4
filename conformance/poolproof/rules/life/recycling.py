"""Workers that are replaced after a number of tasks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from poolproof.checkers.judging import judge
from poolproof.drivers import capabilities as can
from poolproof.gate import Gate
from poolproof.history import History, Kind
from poolproof.plan import Plan
from poolproof.rule import Kind as Driver
from poolproof.rule import Level, Rule
from poolproof.rules.results import raised, settled
from poolproof.stage.api import Stage
from poolproof.tasks_life import work, work_at
from poolproof.verdict import Judgement

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


def _plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return st.fixed_dictionaries(
        {"workers": st.integers(1, 2), "limit": st.integers(1, 4), "tasks": st.integers(1, 12)}
    )


def _run(plan: Plan, stage: Stage) -> None:
    with stage.fresh_pool(plan["workers"], max_tasks=plan["limit"]) as pool:
        pending = [pool.submit(work, stage.folder, key) for key in range(plan["tasks"])]
        for key, result in enumerate(pending):
            stage.call("get", result.get, key)


def _check(plan: Plan, history: History) -> Judgement:
    short = len(settled(history, "get")) < plan["tasks"]
    return judge(_problems(plan, history), missing="not all results were read" if short else "")


def _problems(plan: Plan, history: History) -> Iterator[str]:
    for key, end in settled(history, "get").items():
        if end.kind is Kind.FAIL:
            yield f"with {plan['limit']} task(s) a worker, task {key} raised {raised(end)}"
        elif end.value != key:
            yield f"with {plan['limit']} task(s) a worker, task {key} returned {end.value!r}"
    loads = Counter(e.value for e in history.of("task", Kind.OK))
    for worker, load in loads.items():
        if load > plan["limit"]:
            yield f"worker {worker} ran {load} tasks, expected at most {plan['limit']}"


RECYCLES = Rule(
    id="LIFE-05",
    title="A worker runs at most the tasks it is allowed, and no task is lost between two",
    level=Level.MUST,
    kind=Driver.POOL,
    demands=(
        "With a limit on the tasks of one worker, no process runs more tasks than that, and all "
        "tasks give their values however many workers that takes."
    ),
    source="https://docs.python.org/3/library/multiprocessing.html#multiprocessing.pool.Pool",
    triage=(
        "Does a worn-out worker leave while a task is on its way to it?",
        "Is the replacement started by someone who waits for a result?",
    ),
    plans=_plans,
    run=_run,
    check=_check,
    needs=frozenset({can.RECYCLING, can.PROCESSES}),
)


def _crew_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return st.fixed_dictionaries({"workers": st.integers(1, 2), "rounds": st.just(3)})


def _run_crew(plan: Plan, stage: Stage) -> None:
    import psutil

    workers = plan["workers"]
    stage.forget_pools()
    me = psutil.Process()
    others = {*me.children(recursive=True)}
    with Gate() as gate, stage.fresh_pool(workers, max_tasks=1) as pool:
        for key in range(workers * plan["rounds"]):
            pool.submit(work, stage.folder, key).get()
        held = [pool.submit(work_at, stage.folder, gate.address, key) for key in range(workers)]
        waiting = gate.admit(workers)  # hangs where the pool has shrunk
        children = {*me.children(recursive=True)} - others
        support = stage.subject.support_pids()
        stage.note("children", sum(child.pid not in support for child in children))
        for visitor in waiting:
            visitor.release()
        for key, result in enumerate(held):
            stage.call("get", result.get, key)


def _check_crew(plan: Plan, history: History) -> Judgement:
    short = len(settled(history, "get")) < plan["workers"]
    return judge(
        _crew_problems(plan, history), missing="not all results were read" if short else ""
    )


def _crew_problems(plan: Plan, history: History) -> Iterator[str]:
    replaced = plan["workers"] * plan["rounds"]
    for children in history.facts("children"):
        # Beside those that run a task, as many may be on their way out, or on their way in.
        if children > 2 * plan["workers"]:
            yield (
                f"a pool of {plan['workers']} has {children} processes, dead ones that nobody "
                f"waited for included, after it replaced {replaced}"
            )
    for key, end in settled(history, "get").items():
        if end.kind is Kind.FAIL:
            yield f"after {replaced} replacements, task {key} raised {raised(end)}"


CREW = Rule(
    id="LIFE-15",
    title="A pool that replaces its workers keeps their number, and buries the old ones",
    level=Level.MUST,
    kind=Driver.POOL,
    demands=(
        "Every worker is replaced several times. Then as many tasks run at the same time as the "
        "pool has workers, and worn-out ones are gone: no process is left that runs, and none "
        "that is dead and not waited for (a zombie), but for the last."
    ),
    source="https://github.com/pytorch/pytorch/issues/26344",
    triage=(
        "Is a worn-out worker joined, or only forgotten?",
        "Is a worker started for each that left?",
    ),
    plans=_crew_plans,
    run=_run_crew,
    check=_check_crew,
    needs=frozenset({can.RECYCLING, can.PROCESSES}),
    after=("LIFE-05",),
    all_plans=2,
)

RULES = (RECYCLES, CREW)
