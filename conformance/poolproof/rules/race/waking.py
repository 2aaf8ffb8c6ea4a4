"""Conditions, events and barriers wake everybody whom they should, and nobody before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from poolproof.checkers.judging import judge
from poolproof.history import History, Kind
from poolproof.plan import Plan
from poolproof.rule import Kind as Driver
from poolproof.rule import Level, Rule
from poolproof.rules.race.crew import Job, casualties, crew, often
from poolproof.stage.api import Stage
from poolproof.tasks_race_order import meet, pass_events, pass_turns
from poolproof.verdict import Judgement

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

_SOURCE = "https://docs.python.org/3/library/threading.html#"
# A wait that ran out as the other side acted says nothing: it must have slept on afterwards.
_SLEPT_ON_NS = 500_000_000


def _members() -> Any:
    from hypothesis import strategies as st

    return st.integers(2, 3)


def _turn_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return st.fixed_dictionaries(
        {
            "members": _members(),
            "rounds": often(300),
            "lock": st.sampled_from(["RLock", "Lock"]),
        }
    )


def _run_turns(plan: Plan, stage: Stage) -> None:
    context: Any = stage.context
    condition = context.Condition(getattr(context, plan["lock"])())
    turn = context.RawValue("q", 0)
    members, rounds = plan["members"], plan["rounds"]
    jobs = [
        Job(pass_turns, (condition, turn, stage.folder, member, members, rounds))
        for member in range(members)
    ]
    with crew(stage, jobs):
        pass
    stage.note("turns", turn.value)


def _check_turns(plan: Plan, history: History) -> Judgement:
    missing = "" if history.facts("turns") else "the processes were not seen to end"
    return judge(_turn_problems(plan, history), missing=missing)


def _turn_problems(plan: Plan, history: History) -> Iterator[str]:
    yield from casualties(history, plan["members"])
    notified = {event.key: event.t_ns for event in history.of("notify", Kind.OK)}
    begun: dict[Any, int] = {}
    for event in history.of("wait"):
        if event.kind is Kind.INVOKE:
            begun[event.key] = event.t_ns
        elif not event.value and begun[event.key] < notified.get(event.key, 0) < (
            event.t_ns - _SLEPT_ON_NS
        ):
            slept = (event.t_ns - notified[event.key]) / 1e9
            yield (
                f"a process that waited for turn {event.key} was notified and slept on for "
                f"{slept:.1f} s, until its own timeout"
            )
    total = plan["members"] * plan["rounds"]
    for turns in history.facts("turns"):
        if turns != total:
            yield f"the processes took {turns} turns, expected {total}"


CONDITION = Rule(
    id="RACE-06",
    title="A condition loses no wake-up",
    level=Level.MUST,
    kind=Driver.CONTEXT,
    demands=(
        "Processes take turns: each waits under a condition for its own turn, and hands on to the "
        "next one with notify_all(). Whoever was notified while it waited wakes up; nobody sleeps "
        "until its timeout."
    ),
    source=_SOURCE + "condition-objects",
    triage=(
        "Is the lock let go and the wait begun as one step, as a notifier sees it?",
        "Are sleepers counted before or after they can be woken?",
        "Can one waiter take the wake-up that was another's?",
    ),
    plans=_turn_plans,
    run=_run_turns,
    check=_check_turns,
    stochastic=True,
)


def _event_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return st.fixed_dictionaries({"members": _members(), "rounds": often(400)})


def _run_events(plan: Plan, stage: Stage) -> None:
    members, rounds = plan["members"], plan["rounds"]
    ring = [stage.context.Event() for _ in range(members + 1)]
    jobs = [
        Job(pass_events, (ring, stage.folder, member, members, rounds)) for member in range(members)
    ]
    with crew(stage, jobs):
        pass


def _check_events(plan: Plan, history: History) -> Judgement:
    missing = "" if history.facts("exitcodes") else "the processes were not seen to end"
    return judge(_event_problems(plan, history), missing=missing)


def _event_problems(plan: Plan, history: History) -> Iterator[str]:
    yield from casualties(history, plan["members"])
    set_at = {event.key: event.t_ns for event in history.of("notify", Kind.OK)}
    began: dict[Any, int] = {}
    for event in history.of("wait"):
        member, number = event.key
        if event.kind is Kind.INVOKE:
            began[event.key] = event.t_ns
            continue
        woken, is_set = event.value
        when = set_at.get(number)
        if woken and not is_set:
            yield (
                f"event {number} woke process {member}, and was not set then; nobody clears it "
                "before all have seen it"
            )
        elif not woken and when is not None and when < event.t_ns - _SLEPT_ON_NS:
            slept = (event.t_ns - max(when, began[event.key])) / 1e9
            yield f"process {member} slept on for {slept:.1f} s though event {number} was set"
    waits, total = history.of("wait", Kind.OK), plan["members"] * plan["rounds"]
    all_woken = history.facts("exitcodes") and all(wait.value[0] for wait in waits)
    if all_woken and len(waits) != total:
        yield f"{len(waits)} waits for an event ended, expected {total}"


EVENT = Rule(
    id="RACE-07",
    title="An event that is set wakes everybody, and stays set",
    level=Level.MUST,
    kind=Driver.CONTEXT,
    demands=(
        "Processes set events in turn while the others wait for them, or come to wait only later. "
        "Every wait ends at once, and finds the event set. When all have seen it, it is cleared, "
        "and serves again."
    ),
    source=_SOURCE + "event-objects",
    triage=(
        "Is the flag looked at and the wait begun as one step?",
        "Does set() wake all waiters, or as many as it counted before?",
        "Can a waiter that was woken take the next set() for its own?",
    ),
    plans=_event_plans,
    run=_run_events,
    check=_check_events,
    stochastic=True,
)


def _barrier_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return st.fixed_dictionaries({"members": _members(), "rounds": often(400)})


def _run_barrier(plan: Plan, stage: Stage) -> None:
    barrier = stage.context.Barrier(plan["members"])
    jobs = [
        Job(meet, (barrier, stage.folder, member, plan["rounds"]))
        for member in range(plan["members"])
    ]
    with crew(stage, jobs):
        pass


def _check_barrier(plan: Plan, history: History) -> Judgement:
    missing = "" if history.facts("exitcodes") else "the processes were not seen to end"
    return judge(_barrier_problems(plan, history), missing=missing)


def _barrier_problems(plan: Plan, history: History) -> Iterator[str]:
    yield from casualties(history, plan["members"])
    came: dict[int, dict[int, int]] = defaultdict(dict)
    for event in history.of("meet", Kind.INVOKE):
        turn, member = event.key
        came[turn][member] = event.t_ns
    places: dict[int, list[int]] = defaultdict(list)
    for event in history.of("meet", Kind.OK):
        turn, member = event.key
        late = [other for other, t_ns in came[turn].items() if t_ns > event.t_ns]
        if late or len(came[turn]) < plan["members"]:
            who = f"process {late[0]}" if late else "all others"
            yield f"process {member} left the barrier in round {turn} before {who} had come"
        places[turn].append(event.value)
    for turn, found in places.items():
        if len(found) == plan["members"] and sorted(found) != list(range(plan["members"])):
            found.sort()
            yield f"the barrier gave the numbers {found} in round {turn}, expected each once"


BARRIER = Rule(
    id="RACE-08",
    title="Nobody leaves a barrier before all have come",
    level=Level.MUST,
    kind=Driver.CONTEXT,
    demands=(
        "Processes come to one barrier again and again. None of them goes on before all have come "
        "in that round, and each round gives every process a number of its own."
    ),
    source=_SOURCE + "barrier-objects",
    triage=(
        "Can a fast process come for the next round before a slow one has left this one?",
        "Is the number of those inside changed under a lock?",
    ),
    plans=_barrier_plans,
    run=_run_barrier,
    check=_check_barrier,
    stochastic=True,
)

RULES = (CONDITION, EVENT, BARRIER)
