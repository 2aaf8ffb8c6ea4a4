"""What the tasks and workers beside a dead one experience."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from poolproof import journal, tasks
from poolproof.checkers.judging import judge
from poolproof.drivers import capabilities as can
from poolproof.gate import Gate
from poolproof.history import History, Kind
from poolproof.plan import Plan
from poolproof.rule import Kind as Driver
from poolproof.rule import Level, Rule
from poolproof.rules.fault.around import bad_key, plans_around
from poolproof.rules.fault.death import kill_next
from poolproof.rules.results import raised, settled
from poolproof.stage.api import Stage
from poolproof.tasks_fault import hold, note_start
from poolproof.verdict import Judgement

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


def _run_once(plan: Plan, stage: Stage) -> None:
    # The result of the killed task is not waited for: whether it settles is FAULT-01.
    count = plan["before"] + 1 + plan["after"]
    with Gate() as gate, stage.fresh_pool(plan["workers"]) as pool:
        victim = bad_key(plan)
        asked = {
            key: pool.submit(hold, stage.folder, gate.address, key)
            if key == victim
            else pool.submit(tasks.recorded, stage.folder, key, key)
            for key in range(count)
        }
        kill_next(gate)
        for key, result in asked.items():
            if key != victim:
                stage.call("get", result.get, key)
        stage.note("asked", count)


def _check_once(plan: Plan, history: History) -> Judgement:
    missing = "" if history.facts("asked") else "not all results were waited for"
    return judge(_once_problems(plan, history) if not missing else (), missing=missing)


def _once_problems(plan: Plan, history: History) -> Iterator[str]:
    victim = bad_key(plan)
    runs = Counter(e.key for e in history.of("task", Kind.INVOKE) if e.key != victim)
    values = history.ok("get")
    beside = f"beside task {victim}, whose worker was killed,"
    for key, times in runs.items():
        if times > 1:
            yield f"{beside} task {key} ran {times} times; expected once"
    for key in values:
        if key not in runs:
            yield f"{beside} task {key} has a value and never ran"
    for key, value in values.items():
        if value != key:
            yield f"{beside} task {key} returned {value!r}; expected {key}"


ONCE = Rule(
    id="FAULT-30",
    title="Tasks beside a killed worker run once each",
    level=Level.SHOULD,
    kind=Driver.POOL,
    demands=(
        "A worker is killed in a task. Of the tasks submitted before and after that one, none runs "
        "twice, and each that has a value has run, and has its own. (The killed task itself may "
        "run again where a pool says so.)"
    ),
    source="https://docs.ray.io/en/latest/ray-core/fault_tolerance/tasks.html",
    triage=(
        "Are tasks that are done submitted again with those that are lost?",
        "Does a new worker inherit results of the one it replaces?",
    ),
    plans=plans_around,
    run=_run_once,
    check=_check_once,
    needs=frozenset({can.PROCESSES}),
    after=("FAULT-01",),
    deadline_s=5.0,
)


def _row_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return st.fixed_dictionaries({"workers": st.integers(1, 2), "killed": st.integers(2, 4)})


def _run_row(plan: Plan, stage: Stage) -> None:
    workers, initargs = plan["workers"], (stage.folder,)
    with stage.fresh_pool(workers, initializer=note_start, initargs=initargs) as pool:
        with Gate() as gate:
            for number in range(plan["killed"]):
                pool.submit(hold, stage.folder, gate.address, -1 - number)
                kill_next(gate)
        with Gate() as gate:  # all at once, so that each worker has one
            asked = [pool.submit(hold, stage.folder, gate.address, key) for key in range(workers)]
            gate.admit(workers)
        for key, result in enumerate(asked):
            stage.call("get", result.get, key)
        stage.note("starts", len(journal.read(stage.folder).of("initializer")))


def _check_row(plan: Plan, history: History) -> Judgement:
    missing = "" if history.facts("starts") else "not all results were waited for"
    return judge(_row_problems(plan, history), missing=missing)


def _row_problems(plan: Plan, history: History) -> Iterator[str]:
    workers, killed = plan["workers"], plan["killed"]
    after = f"after {killed} workers were killed one after the other"
    for starts in history.facts("starts"):
        if starts > 2 * workers + killed:
            yield (
                f"{after} the pool of {workers} has started {starts} workers; expected "
                f"{workers + killed}, and not more than {2 * workers + killed}"
            )
    for key, end in settled(history, "get").items():
        if end.kind is Kind.FAIL:
            yield f"{after}, task {key} raised {raised(end)}; expected {key}"
        elif end.value != key:
            yield f"{after}, task {key} returned {end.value!r}; expected {key}"


ROW = Rule(
    id="FAULT-31",
    title="Workers that are killed one after the other are all replaced, one for one",
    level=Level.SHOULD,
    kind=Driver.POOL,
    demands=(
        "In a pool that says that it replaces dead workers, one worker after the other is killed "
        "in a task. Afterwards as many tasks as the pool has workers run at the same time, and "
        "about as many workers were started as are needed for that."
    ),
    source="https://github.com/python/cpython/issues/76067",
    triage=(
        "Is each dead worker replaced, or all of them when the first is missed?",
        "Is the death of one worker counted twice?",
    ),
    plans=_row_plans,
    run=_run_row,
    check=_check_row,
    needs=frozenset({can.PROCESSES, can.RESTARTS, can.INITIALIZER}),
    after=("FAULT-08",),
    deadline_s=5.0,
    all_plans=6,
)

RULES = (ONCE, ROW)
