"""Locks and semaphores of the context let in as many as they should."""

from __future__ import annotations

from collections.abc import Iterator
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

_SOURCE = "https://docs.python.org/3/library/multiprocessing.html#multiprocessing."


def _counter_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return st.fixed_dictionaries(
        {
            "counter": st.sampled_from(["Value", "RawValue with Lock", "RawValue with RLock"]),
            "processes": st.integers(2, 3),
            "rounds": st.integers(1, 30),
            "pause_us": st.sampled_from([0, 1, 50, 200]),
        }
    )


def _run_counter(plan: Plan, stage: Stage) -> None:
    counter, guard = _counter(stage.context, plan["counter"])
    job = Job(count_up, (guard, counter, plan["rounds"], plan["pause_us"]))
    with crew(stage, [job] * plan["processes"]):
        pass
    stage.note("count", counter.value)


def _counter(context: Any, kind: str) -> tuple[Any, Any]:
    if kind == "Value":
        counter = context.Value("q", 0)
        return counter, counter.get_lock()
    guard = context.RLock() if kind.endswith("RLock") else context.Lock()
    return context.RawValue("q", 0), guard


def _check_counter(plan: Plan, history: History) -> Judgement:
    missing = "" if history.facts("count") else "the counter was not read"
    return judge(_counter_problems(plan, history), missing=missing)


def _counter_problems(plan: Plan, history: History) -> Iterator[str]:
    yield from casualties(history, plan["processes"])
    expected = plan["processes"] * plan["rounds"]
    for count in history.facts("count"):
        if count != expected:
            yield (
                f"{plan['processes']} processes added 1 under the lock {plan['rounds']} times "
                f"each and the counter is {count}, expected {expected}"
            )


COUNTER = Rule(
    id="RACE-02",
    title="A counter under a lock loses no update",
    level=Level.MUST,
    kind=Driver.CONTEXT,
    demands=(
        "Several processes read a shared counter, wait a moment and write it back plus one, all "
        "of that inside its lock. In the end the counter is the number of additions."
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
    repeats=2,
)


def _hold_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    places = st.one_of(
        st.tuples(st.sampled_from(["Lock", "RLock"]), st.just(1)),
        st.tuples(st.sampled_from(["Semaphore", "BoundedSemaphore"]), st.integers(1, 2)),
    ).map(list)
    return st.fixed_dictionaries(
        {
            "guard": places,
            "processes": st.integers(2, 3),
            "rounds": st.integers(1, 20),
            "pause_us": st.sampled_from([0, 1, 50, 200]),
        }
    )


def _run_holds(plan: Plan, stage: Stage) -> None:
    kind, places = plan["guard"]
    args = (places,) if kind.endswith("Semaphore") else ()
    guard = getattr(stage.context, kind)(*args)
    rounds, pause = plan["rounds"], plan["pause_us"]
    jobs = [
        Job(hold_repeatedly, (guard, stage.folder, member, rounds, pause))
        for member in range(plan["processes"])
    ]
    with crew(stage, jobs):
        pass


def _check_holds(plan: Plan, history: History) -> Judgement:
    missing = "" if history.facts("exitcodes") else "the processes were not seen to end"
    return judge(_hold_problems(plan, history), missing=missing)


def _hold_problems(plan: Plan, history: History) -> Iterator[str]:
    kind, places = plan["guard"]
    yield from casualties(history, plan["processes"])
    ends = {e.key: e.t_ns for e in history.of("hold", Kind.OK)}
    starts = {e.key: e.t_ns for e in history.of("hold", Kind.INVOKE)}
    holds = [Hold(t, ends[key], key) for key, t in starts.items() if key in ends]
    together = crowd(holds, places)
    if together is not None:
        who = " and ".join(f"process {h.holder[0]}" for h in together)  # type: ignore[index]
        since = max(h.start_ns for h in together)
        overlap = min(h.end_ns for h in together) - since
        yield (
            f"{who} held one {kind} at the same time, for {overlap / 1e3:.0f} us; "
            f"it has {places} place(s)"
        )
    if history.facts("exitcodes"):
        turns = [(m, r) for m in range(plan["processes"]) for r in range(plan["rounds"])]
        yield from account(turns, ends).complaints("hold", "happened")


EXCLUSION = Rule(
    id="RACE-03",
    title="A lock has one holder at a time, a semaphore as many as it has places",
    level=Level.MUST,
    kind=Driver.CONTEXT,
    demands=(
        "Several processes take a Lock, RLock or Semaphore again and again and stamp, inside it, "
        "when their hold begins and ends. Never do more holds overlap than there are places."
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
    repeats=2,
)

RULES = (COUNTER, EXCLUSION)
