"""What one process writes into shared memory, as another one sees it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from poolproof.checkers.judging import judge
from poolproof.history import History, Kind
from poolproof.plan import Plan
from poolproof.rule import Kind as Driver
from poolproof.rule import Level, Rule
from poolproof.rules.race.crew import Job, casualties, crew
from poolproof.stage.api import Stage
from poolproof.tasks_race_order import observe, publish, read_versions, write_versions
from poolproof.verdict import Judgement

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

_SOURCE = (
    "https://docs.python.org/3/library/multiprocessing.html#module-multiprocessing.sharedctypes"
)
# Multiples of these have equal pieces, so that a mixture of two of them is no multiple.
_STRIDES = {"h": 0x0101, "i": 0x00010001, "q": 0x0001000100010001}


def _publish_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return st.fixed_dictionaries(
        {
            "guard": st.sampled_from(["Lock", "RLock", "Semaphore"]),
            "slots": st.sampled_from([1, 3, 100]),
            "observers": st.integers(1, 2),
            "rounds": st.integers(1, 30),
        }
    )


def _run_publish(plan: Plan, stage: Stage) -> None:
    context: Any = stage.context
    slots, version = context.RawArray("q", plan["slots"]), context.RawValue("q", 0)
    guard = getattr(context, plan["guard"])()
    jobs = [Job(publish, (slots, guard, version, plan["rounds"]))]
    jobs += [Job(observe, (slots, guard, version, stage.folder, plan["rounds"]))] * plan[
        "observers"
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
    source=_SOURCE,
    triage=(
        "Does letting go of the lock order the writes before it?",
        "Is it one piece of memory in both processes, without a copy of their own?",
    ),
    plans=_publish_plans,
    run=_run_publish,
    check=_check_publish,
    stochastic=True,
)


def _version_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return st.fixed_dictionaries(
        {
            "kind": st.sampled_from(sorted(_STRIDES)),
            "slots": st.sampled_from([1, 2, 9]),
            "readers": st.integers(1, 2),
            "rounds": st.integers(1, 120),
        }
    )


def _run_versions(plan: Plan, stage: Stage) -> None:
    context: Any = stage.context
    slots = context.RawArray(plan["kind"], plan["slots"])
    stride, rounds = _STRIDES[plan["kind"]], plan["rounds"]
    jobs = [Job(write_versions, (slots, stride, rounds))]
    jobs += [Job(read_versions, (slots, stride, stage.folder, rounds))] * plan["readers"]
    with crew(stage, jobs):
        pass


def _check_versions(plan: Plan, history: History) -> Judgement:
    read = len(history.facts("reads")) == plan["readers"]
    return judge(_version_problems(plan, history), missing="" if read else "not all readers ended")


def _version_problems(plan: Plan, history: History) -> Iterator[str]:
    yield from casualties(history, 1 + plan["readers"])
    stride = _STRIDES[plan["kind"]]
    for event in history.of("odd", Kind.INFO):
        value, before = event.value
        if value % stride:
            yield (
                f"slot {event.key} of an array of {plan['kind']!r} was read as {value:#x}, which "
                "nobody wrote: pieces of two values"
            )
        else:
            yield (
                f"slot {event.key} was read as version {value // stride} after version "
                f"{before // stride} had been seen there; its one writer only counts up"
            )


UNTORN = Rule(
    id="RACE-12",
    title="A slot of shared memory is read whole, and never goes back",
    level=Level.MUST,
    kind=Driver.CONTEXT,
    demands=(
        "One process counts the slots of a RawArray up, others read them, without a lock. Every "
        "value read is one that was written, and of one slot no older one than was read before. "
        "(Across slots nothing is promised: hardware reorders.)"
    ),
    source=_SOURCE,
    triage=(
        "Are the array's slots aligned to their own size?",
        "Is anything copied byte by byte on the way?",
    ),
    plans=_version_plans,
    run=_run_versions,
    check=_check_versions,
    stochastic=True,
)

RULES = (PUBLISHED, UNTORN)
