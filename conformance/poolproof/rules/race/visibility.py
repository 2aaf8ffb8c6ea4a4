"""What one process writes into shared memory, as another one sees it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from poolproof.checkers.judging import judge
from poolproof.history import History, Kind
from poolproof.plan import Plan
from poolproof.rule import Kind as Driver
from poolproof.rule import Level, Rule
from poolproof.rules.race.crew import SHARED_MEMORY, Job, casualties, crew, often
from poolproof.stage.api import Stage
from poolproof.tasks_race_order import observe, publish
from poolproof.verdict import Judgement

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


def _publish_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return st.fixed_dictionaries(
        {
            "guard": st.sampled_from(["Lock", "RLock", "Semaphore"]),
            "slots": st.sampled_from([1, 3, 100]),
            "observers": st.integers(1, 2),
            "rounds": often(500),
        }
    )


def _run_publish(plan: Plan, stage: Stage) -> None:
    context: Any = stage.context
    shared = (
        context.RawArray("q", plan["slots"]),
        getattr(context, plan["guard"])(),
        context.RawValue("q", 0),  # the version
        context.RawArray("q", plan["observers"]),  # which one each has seen
    )
    jobs = [Job(publish, (*shared, plan["rounds"]))]
    jobs += [
        Job(observe, (*shared, stage.folder, member, plan["rounds"]))
        for member in range(plan["observers"])
    ]
    with crew(stage, jobs):
        pass


def _check_publish(plan: Plan, history: History) -> Judgement:
    missing = "" if history.facts("exitcodes") else "the processes were not seen to end"
    return judge(_publish_problems(plan, history), missing=missing)


def _publish_problems(plan: Plan, history: History) -> Iterator[str]:
    yield from casualties(history, 1 + plan["observers"])
    observed = history.of("observe", Kind.OK)
    for event in observed:
        wrong = [value for value in event.value if value != event.key]
        if wrong:
            yield (
                f"version {event.key} was published under the lock, and one of its "
                f"{plan['slots']} slots was {wrong[0]} to a process that held it later"
            )
    last = [event for event in observed if event.key == plan["rounds"]]
    if history.facts("exitcodes") and len(last) < plan["observers"]:
        yield f"{len(last)} of {plan['observers']} observers saw the last version"


PUBLISHED = Rule(
    id="RACE-11",
    title="What was written under a lock is seen under it",
    level=Level.MUST,
    kind=Driver.CONTEXT,
    demands=(
        "One process writes a version into all slots of a shared array, then its number, and holds "
        "a lock meanwhile. Whoever holds the lock afterwards sees the number and all slots of one "
        "version."
    ),
    source=SHARED_MEMORY,
    triage=(
        "Does letting go of the lock order the writes before it?",
        "Is it one piece of memory in both processes, without a copy of their own?",
    ),
    plans=_publish_plans,
    run=_run_publish,
    check=_check_publish,
    stochastic=True,
)


RULES = (PUBLISHED,)
