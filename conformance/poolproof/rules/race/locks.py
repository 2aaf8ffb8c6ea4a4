"""Locks and semaphores of the context let in as many as they should."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import product
from typing import TYPE_CHECKING, Any

from poolproof.checkers.accounting import account
from poolproof.checkers.exclusion import Hold, crowd
from poolproof.checkers.judging import judge
from poolproof.history import History, Kind
from poolproof.plan import Plan
from poolproof.rule import Kind as Driver
from poolproof.rule import Level, Rule
from poolproof.rules.race.crew import Job, casualties, crew
from poolproof.stage.api import Stage
from poolproof.tasks_race import count_up, hold_repeatedly
from poolproof.verdict import Judgement

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

# A plan has several, one after the other: processes are what it costs.
_COUNTERS = ("Value", "RawValue with Lock", "RawValue with RLock")
_GUARDS = (
    *([kind, 1] for kind in ("Lock", "RLock")),
    *([kind, places] for kind in ("Semaphore", "BoundedSemaphore") for places in (1, 2)),
)
_SOURCE = "https://docs.python.org/3/library/multiprocessing.html#multiprocessing."


def _counter_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return st.fixed_dictionaries(
        {
            "counters": st.lists(st.sampled_from(_COUNTERS), min_size=2, max_size=3),
            "processes": st.integers(2, 3),
            "rounds": st.integers(1, 150),
            "pause_us": st.sampled_from([0, 1, 50]),
        }
    )


def _run_counter(plan: Plan, stage: Stage) -> None:
    counters = [_counter(stage.context, kind) for kind in plan["counters"]]
    job = Job(count_up, (counters, plan["rounds"], plan["pause_us"]))
    with crew(stage, [job] * plan["processes"]):
        pass
    for number, (counter, _) in enumerate(counters):
        stage.note("count", counter.value, number)


def _counter(context: Any, kind: str) -> tuple[Any, Any]:
    if kind == "Value":
        counter = context.Value("q", 0)
        return counter, counter.get_lock()
    guard = context.RLock() if kind.endswith("RLock") else context.Lock()
    return context.RawValue("q", 0), guard


def _check_counter(plan: Plan, history: History) -> Judgement:
    read = len(history.facts("count"))
    missing = "" if read == len(plan["counters"]) else "not all counters were read"
    return judge(_counter_problems(plan, history), missing=missing)


def _counter_problems(plan: Plan, history: History) -> Iterator[str]:
    yield from casualties(history, plan["processes"])
    expected = plan["processes"] * plan["rounds"]
    for event in history.of("count", Kind.INFO):
        if event.value != expected:
            yield (
                f"{plan['processes']} processes added 1 under the lock {plan['rounds']} times "
                f"each and the counter ({plan['counters'][event.key]}) is {event.value}, expected "
                f"{expected}"
            )


COUNTER = Rule(
    id="RACE-02",
    title="A counter under a lock loses no update",
    level=Level.MUST,
    kind=Driver.CONTEXT,
    demands=(
        "Several processes read a shared counter, wait a moment and write it back plus one, all "
        "of that inside its lock, and then do so with others. In the end each counter is the "
        "number of additions."
    ),
    source=_SOURCE + "Value",
    triage=(
        "Is it one lock in all processes, or did each child get a new one?",
        "Is it one piece of memory in all processes?",
        "Does the lock order memory (acquire and release), or only the callers?",
    ),
    plans=_counter_plans,
    run=_run_counter,
    check=_check_counter,
    stochastic=True,
)


def _hold_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return st.fixed_dictionaries(
        {
            "guards": st.lists(st.sampled_from(_GUARDS), min_size=2, max_size=3),
            "processes": st.integers(2, 3),
            "rounds": st.integers(1, 150),
            "pause_us": st.sampled_from([0, 1, 50]),
        }
    )


def _run_holds(plan: Plan, stage: Stage) -> None:
    guards = [_guard(stage.context, *guard) for guard in plan["guards"]]
    rounds, pause = plan["rounds"], plan["pause_us"]
    jobs = [
        Job(hold_repeatedly, (guards, stage.folder, member, rounds, pause))
        for member in range(plan["processes"])
    ]
    with crew(stage, jobs):
        pass


def _guard(context: Any, kind: str, places: int) -> Any:
    return getattr(context, kind)(*([places] if kind.endswith("Semaphore") else []))


def _check_holds(plan: Plan, history: History) -> Judgement:
    missing = "" if history.facts("exitcodes") else "the processes were not seen to end"
    return judge(_hold_problems(plan, history), missing=missing)


def _hold_problems(plan: Plan, history: History) -> Iterator[str]:
    yield from casualties(history, plan["processes"])
    ends = {e.key: e.t_ns for e in history.of("hold", Kind.OK)}
    holds: dict[int, list[Hold]] = defaultdict(list)
    for event in history.of("hold", Kind.INVOKE):
        if event.key in ends:
            number, member, _ = event.key
            holds[number].append(Hold(event.t_ns, ends[event.key], member))
    for number, guard in enumerate(plan["guards"]):
        yield from _crowded(guard, holds[number])
    if history.facts("exitcodes"):
        sizes = (len(plan["guards"]), plan["processes"], plan["rounds"])
        turns = product(*map(range, sizes))
        yield from account(turns, ends).complaints("hold", "happened")


def _crowded(guard: tuple[str, int], holds: list[Hold]) -> Iterator[str]:
    kind, places = guard
    together = crowd(holds, places)
    if together is not None:
        who = " and ".join(f"process {hold.holder}" for hold in together)
        since = max(h.start_ns for h in together)
        overlap = min(h.end_ns for h in together) - since
        yield (
            f"{who} held one {kind} at the same time, for {overlap / 1e3:.0f} us; "
            f"it has {places} place(s)"
        )


EXCLUSION = Rule(
    id="RACE-03",
    title="A lock has one holder at a time, a semaphore as many as it has places",
    level=Level.MUST,
    kind=Driver.CONTEXT,
    demands=(
        "Several processes take a Lock, RLock or Semaphore again and again, then the next, and "
        "stamp, inside it, when their hold begins and ends. Never do more holds of one overlap "
        "than it has places."
    ),
    source=_SOURCE + "Lock",
    triage=(
        "Is it one lock in all processes, or did each child get a new one?",
        "Can a timed-out or interrupted acquire count as a success?",
        "Is something released twice?",
    ),
    plans=_hold_plans,
    run=_run_holds,
    check=_check_holds,
    stochastic=True,
)

RULES = (COUNTER, EXCLUSION)
