"""What one process wrote, and then handed over by a primitive, is what the other one reads."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations
from typing import TYPE_CHECKING, Any

from poolproof.checkers.judging import judge
from poolproof.happens_before import races, steps
from poolproof.history import Event, History, Kind
from poolproof.nemesis import troubles
from poolproof.plan import Plan
from poolproof.rule import Kind as Driver
from poolproof.rule import Level, Rule
from poolproof.rules.race.crew import Job, casualties, crew, often
from poolproof.stage.api import Stage
from poolproof.tasks_race_handing import (
    ByBarrier,
    ByCondition,
    ByEvent,
    ByPipe,
    ByQueue,
    Exclusive,
    Member,
    Signal,
    Signalled,
    hand_over,
)
from poolproof.verdict import Judgement

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

_EXCLUSIVE = ("Lock", "RLock", "Semaphore", "BoundedSemaphore")
_QUEUES = ("Queue", "SimpleQueue", "JoinableQueue")


def _plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    # One of each kind: a fault of one in a thousand needs them all in every plan.
    kinds = (_EXCLUSIVE, ("Condition",), ("Event",), ("Barrier",), ("Pipe",), _QUEUES)
    return st.fixed_dictionaries(
        {
            "ways": st.tuples(*map(st.sampled_from, kinds)).map(list),
            "members": st.integers(2, 3),
            "rounds": often(300),
            "words": st.sampled_from([1, 8, 100]),
            "seed": st.integers(0, 99),
            "yield_us": st.sampled_from([0, 50, 500]),
            "troubles": troubles(),
        }
    )


def _run(plan: Plan, stage: Stage) -> None:
    members, rounds = plan["members"], plan["rounds"]
    ways = [_way(stage.context, name, plan) for name in plan["ways"]]
    jobs = [
        Job(
            hand_over,
            (ways, Member(stage.folder, n, members, plan["seed"]), rounds, plan["yield_us"]),
        )
        for n in range(members)
    ]
    with crew(stage, jobs, plan["troubles"]):
        pass


def _way(context: Any, name: str, plan: Plan) -> tuple[Exclusive | Signalled, Any]:
    """The primitive, and the slots that are handed over by it."""
    rounds, words = plan["rounds"], plan["words"]
    if name in _EXCLUSIVE:
        return Exclusive(getattr(context, name)()), context.RawArray("q", words)
    signal = _signal(context, name, plan["members"], rounds)
    return Signalled(signal), context.RawArray("q", words * rounds)


def _signal(context: Any, name: str, members: int, rounds: int) -> Signal:
    match name:
        case "Event":
            return ByEvent([context.Event() for _ in range(members + 1)])
        case "Condition":
            return ByCondition(context.Condition(), context.RawArray("b", rounds))
        case "Barrier":
            return ByBarrier(context.Barrier(members))
        case "Pipe":
            pairs = permutations(range(members), 2)
            return ByPipe({pair: context.Pipe(duplex=False) for pair in pairs})
    return ByQueue([getattr(context, name)() for _ in range(members)])


def _check(plan: Plan, history: History) -> Judgement:
    missing = "" if history.facts("exitcodes") else "the processes were not seen to end"
    return judge(_problems(plan, history), missing=missing)


def _problems(plan: Plan, history: History) -> Iterator[str]:
    yield from casualties(history, plan["members"])
    for race in races(steps(history)):
        way, place = race.later.what
        yield (
            f"block {place} was handed over by {plan['ways'][way]}, and nothing that was received "
            f"orders the {race.later.act} by process {race.later.process} after the "
            f"{race.earlier.act} by process {race.earlier.process}"
        )
    read = history.of("read", Kind.INFO)
    for event in read:
        yield from _stale(plan, event)
    if history.facts("exitcodes"):
        expected = sum(_reads(name, plan) for name in plan["ways"])
        if len(read) != expected:
            yield f"{len(read)} blocks were read, expected {expected}"


def _stale(plan: Plan, event: Event) -> Iterator[str]:
    way, place = event.key
    name = plan["ways"][way]
    if len(event.value) > 1 or (name not in _EXCLUSIVE and event.value != [place + 1]):
        yield (
            f"block {place} was handed over by {name} and read as {event.value}, expected "
            f"{'one version' if name in _EXCLUSIVE else place + 1} in all of its words"
        )


def _reads(name: str, plan: Plan) -> int:
    readers = plan["members"] if name in _EXCLUSIVE else plan["members"] - 1
    return int(readers * plan["rounds"])


HANDED = Rule(
    id="RACE-15",
    title="What is handed over by any primitive is ordered, and seen",
    level=Level.MUST,
    kind=Driver.CONTEXT,
    demands=(
        "Processes write blocks of shared memory and hand them over: by releasing a lock or "
        "semaphore, setting an event, notifying a condition, meeting at a barrier, or a message in "
        "a queue or pipe. Whoever is told reads what was written; and every two accesses of which "
        "one is a write are ordered by what was sent and received, not by luck."
    ),
    source="https://docs.python.org/3/library/multiprocessing.html#synchronization-between-processes",
    triage=(
        "Does the primitive let anybody go on before it was told to?",
        "Does it order memory (release and acquire), or only the callers?",
        "Is it one piece of memory in all processes?",
    ),
    plans=_plans,
    run=_run,
    check=_check,
    stochastic=True,
)

RULES = (HANDED,)
