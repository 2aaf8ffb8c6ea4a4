"""Semaphores and queues behave as if each operation happened at one instant (linearizability)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from poolproof import linearizability
from poolproof.checkers.judging import judge
from poolproof.history import History
from poolproof.linearizability import Answer, Operation
from poolproof.plan import Plan
from poolproof.rule import Kind as Driver
from poolproof.rule import Level, Rule
from poolproof.rules.race.crew import Job, casualties, crew, often
from poolproof.stage.api import Stage
from poolproof.tasks_race_order import get_stamped, put_stamped, try_places
from poolproof.verdict import Judgement

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

_WITHIN_S = 5.0  # a search of so few operations needs milliseconds


def _judged(answer: Answer, history: History, members: int) -> Judgement:
    missing = "" if history.facts("exitcodes") else "the processes were not seen to end"
    return judge(_problems(answer, history, members), missing=missing or _open(answer))


def _problems(answer: Answer, history: History, members: int) -> Iterator[str]:
    yield from casualties(history, members)
    if answer.legal is False:
        yield answer.why


def _open(answer: Answer) -> str:
    return answer.why if answer.legal is None else ""


def _drawn(operations: list[Operation], answer: Answer, title: str) -> str:
    contradicts = answer.legal is False
    return linearizability.timeline(operations, answer, title) if contradicts else ""


def _place_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return st.fixed_dictionaries(
        {
            "semaphore": st.one_of(
                st.just(["Lock", 1]),
                st.tuples(
                    st.sampled_from(["Semaphore", "BoundedSemaphore"]), st.integers(1, 2)
                ).map(list),
            ),
            "members": st.integers(2, 3),
            "rounds": often(400),
        }
    )


def _run_places(plan: Plan, stage: Stage) -> None:
    kind, places = plan["semaphore"]
    semaphore = getattr(stage.context, kind)(*([] if kind == "Lock" else [places]))
    jobs = [
        Job(try_places, (semaphore, stage.folder, member, plan["rounds"]))
        for member in range(plan["members"])
    ]
    with crew(stage, jobs):
        pass


def _acquires(plan: Plan, history: History) -> tuple[list[Operation], Answer]:
    found = linearizability.operations(history, "acquire", "release")
    places = plan["semaphore"][1]
    return found, linearizability.semaphore(found, places, seconds=_WITHIN_S)


def _check_places(plan: Plan, history: History) -> Judgement:
    return _judged(_acquires(plan, history)[1], history, plan["members"])


def _draw_places(plan: Plan, history: History) -> str:
    kind, places = plan["semaphore"]
    return _drawn(*_acquires(plan, history), f"{kind} of {places}")


PLACES = Rule(
    id="RACE-09",
    title="A semaphore gives up only when it has no place",
    level=Level.MUST,
    kind=Driver.CONTEXT,
    demands=(
        "Processes ask a semaphore or a lock for a place without waiting, and give it back. There "
        "is an order of all these calls, each at an instant while it was under way, in which every "
        "answer is right: yes only if there was a place, no only if there was none."
    ),
    source="https://docs.python.org/3/library/threading.html#threading.Semaphore.acquire",
    triage=(
        "Is asking and taking one step?",
        "Does a lock of its own, which is held for a moment, make acquire(False) give up?",
    ),
    plans=_place_plans,
    run=_run_places,
    check=_check_places,
    draw=_draw_places,
    stochastic=True,
)


def _queue_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return st.fixed_dictionaries(
        {
            "producers": st.integers(1, 3),
            "consumers": st.integers(1, 2),
            "items": st.integers(1, 250),
        }
    )


def _run_queue(plan: Plan, stage: Stage) -> None:
    context: Any = stage.context
    queue = context.SimpleQueue()
    producers, consumers = plan["producers"], plan["consumers"]
    jobs = [Job(put_stamped, (queue, stage.folder, p, plan["items"])) for p in range(producers)]
    jobs += [Job(get_stamped, (queue, stage.folder, c)) for c in range(consumers)]
    with crew(stage, jobs) as members:
        for producer in members[:producers]:
            producer.join()
        for _ in range(consumers):
            queue.put(None)
    queue.close()


def _check_queue(plan: Plan, history: History) -> Judgement:
    members = plan["producers"] + plan["consumers"]
    return _judged(_items(history)[1], history, members)


def _draw_queue(_plan: Plan, history: History) -> str:
    return _drawn(*_items(history), "SimpleQueue")


def _items(history: History) -> tuple[list[Operation], Answer]:
    # The get that ended a consumer took its None, no item: it has no end here, and is left out.
    seen = [
        _hashable(each)
        for each in linearizability.operations(history, "put", "get")
        if each.name == "put" or each.ended
    ]
    return seen, linearizability.queue(seen, seconds=_WITHIN_S)


def _hashable(operation: Operation) -> Operation:
    def item(value: Any) -> str | None:
        return None if value is None else f"{value[0]}/{value[1]}"

    return replace(operation, argument=item(operation.argument), result=item(operation.result))


QUEUE = Rule(
    id="RACE-10",
    title="A SimpleQueue keeps the order of all producers",
    level=Level.SHOULD,
    kind=Driver.CONTEXT,
    demands=(
        "Items that several producers put on one SimpleQueue, a pipe with a lock on each side, "
        "come out first in, first out: what was in before another put began comes out no later. "
        "(Queue has a thread a producer that feeds its pipe, and promises no order among them.)"
    ),
    source="https://docs.python.org/3/library/multiprocessing.html#multiprocessing.SimpleQueue",
    triage=(
        "Does put() come back before the item is in the pipe?",
        "Is there one pipe for all producers?",
    ),
    plans=_queue_plans,
    run=_run_queue,
    check=_check_queue,
    draw=_draw_queue,
    stochastic=True,
)

RULES = (PLACES, QUEUE)
