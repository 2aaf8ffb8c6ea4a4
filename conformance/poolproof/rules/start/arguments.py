"""What a child is given to share with its caller: locks, queues, pipes, connections."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Any

from poolproof.checkers.judging import judge, unfinished
from poolproof.children import child, owned
from poolproof.history import History, Kind
from poolproof.plan import JSON, Plan
from poolproof.rule import Kind as Driver
from poolproof.rule import Level, Rule
from poolproof.stage.api import Stage
from poolproof.tasks_start_sharing import say_numbers, use
from poolproof.verdict import Judgement

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

_DOCS = "https://docs.python.org/3/library/multiprocessing.html"

# The caller's side of one thing: it yields the parts that the child is given, goes on when the
# child was started, yields, and yields what it sees when the child was joined.
_Side = Iterator[Any]


def _locks(make: Callable[[], Any]) -> _Side:
    held, free = make(), make()
    held.acquire()
    yield held, free
    yield
    yield free.acquire(False)


def _events(make: Callable[[], Any]) -> _Side:
    clear, is_set = make(), make()
    is_set.set()
    yield clear, is_set
    yield
    yield [clear.is_set(), is_set.is_set()]


def _condition(make: Callable[[], Any]) -> _Side:
    condition = make()
    with condition:  # from before there is a child until wait(): no notify can be missed
        yield (condition,)
        notified = condition.wait()
    yield
    yield notified


def _barrier(make: Callable[[int], Any]) -> _Side:
    barrier = make(2)
    yield (barrier,)
    barrier.wait()
    yield
    yield barrier.broken


def _queues(make: Callable[[], Any]) -> _Side:
    questions, answers = make(), make()
    questions.put("question")
    yield questions, answers
    answer = answers.get()
    if hasattr(questions, "join"):
        questions.join()
    yield
    yield answer


def _pipe(make: Callable[[], Any]) -> _Side:
    ours, theirs = make()
    ours.send("question")
    yield (theirs,)
    answer = ours.recv()
    yield
    yield answer


# kind -> its side, what the child should see, and what the caller should see afterwards
_KINDS: dict[str, tuple[Callable[..., _Side], JSON, JSON]] = {
    **dict.fromkeys(
        ("Lock", "RLock", "Semaphore", "BoundedSemaphore"), (_locks, [False, True], True)
    ),
    "Event": (_events, [False, True], [True, False]),
    "Condition": (_condition, "notified", True),
    "Barrier": (_barrier, "met", False),
    **dict.fromkeys(("Queue", "JoinableQueue", "SimpleQueue"), (_queues, "question", "answer")),
    "Pipe": (_pipe, "question", "answer"),
}


def _thing_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    kinds = st.lists(st.sampled_from(sorted(_KINDS)), min_size=2, max_size=5)
    return st.fixed_dictionaries({"things": kinds})


def _run_things(plan: Plan, stage: Stage) -> None:
    kinds = plan["things"]
    sides = [_KINDS[kind][0](getattr(stage.context, kind)) for kind in kinds]
    parts = [next(side) for side in sides]
    process = child(stage, use, stage.folder, list(zip(kinds, parts, strict=True)))
    with owned([process]):
        process.start()
        for side in sides:
            next(side)
        process.join()
        for number, side in enumerate(sides):
            stage.note("caller", next(side), number)


def _check_things(plan: Plan, history: History) -> Judgement:
    kinds = plan["things"]
    seen = len(history.of("caller", Kind.INFO))
    missing = "" if seen == len(kinds) else "the caller did not look at all of the things"
    return judge(_thing_problems(kinds, history) if not missing else (), missing=missing)


def _thing_problems(kinds: list[str], history: History) -> Iterator[str]:
    childs = history.ok("child")
    callers = {event.key: event.value for event in history.of("caller", Kind.INFO)}
    for number, kind in enumerate(kinds):
        _, in_child, after = _KINDS[kind]
        for who, seen, expected in (
            ("the child", childs.get(number, "nothing"), in_child),
            ("the caller", callers[number], after),
        ):
            if seen != expected:
                yield f"{kind} as an argument: {who} saw {seen}, expected {expected}"


THINGS = Rule(
    id="START-21",
    title="Locks, queues and pipes as arguments of a Process are the same on both sides",
    level=Level.MUST,
    kind=Driver.CONTEXT,
    demands=(
        "Several of Lock, RLock, Semaphore, BoundedSemaphore, Condition, Event, Barrier, Queue, "
        "JoinableQueue, SimpleQueue and Pipe are given to one child. A lock that the caller holds "
        "is taken there; what one side sets, notifies or sends arrives at the other."
    ),
    source=_DOCS + "#synchronization-between-processes",
    triage=(
        "Is the object attached to in the child, or made anew?",
        "Do descriptors and names stay valid until the child has them?",
    ),
    plans=_thing_plans,
    run=_run_things,
    check=_check_things,
)


def _crowd_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    # Servers hand descriptors over in messages of at most 253 or 256.
    near = st.sampled_from([60, 128, 199, 200, 201, 251, 252, 253, 254, 255, 256, 257, 300])
    return st.fixed_dictionaries({"connections": near | st.integers(60, 300)})


def _run_crowd(plan: Plan, stage: Stage) -> None:
    many = min(plan["connections"], _room_for_pipes())
    pipes = [stage.context.Pipe(duplex=False) for _ in range(many)]
    theirs = [end for _, end in pipes]
    process = child(stage, say_numbers, theirs)
    with owned([process]):
        stage.call("start", process.start)
        for end in theirs:
            end.close()
        stage.note("asked", many)
        stage.note("heard", [_heard(end) for end, _ in pipes])
        if process.pid is not None:
            process.join()


def _heard(end: Any) -> JSON:
    with end:
        try:
            return end.recv()
        except EOFError:
            return None


def _room_for_pipes() -> int:
    """How many pipes this process can have, with some descriptors to spare."""
    try:
        resource: Any = import_module("resource")
    except ImportError:  # Windows sets no such limit
        return 1000
    soft = int(resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    return 1000 if soft < 0 else max(1, (soft - 100) // 2)


def _check_crowd(_plan: Plan, history: History) -> Judgement:
    missing = "" if history.facts("heard") else "nobody listened to the connections"
    return judge(_crowd_problems(history), missing=missing or unfinished(history))


def _crowd_problems(history: History) -> Iterator[str]:
    asked = history.fact("asked")
    for error in history.failures("start").values():
        yield (
            f"start() of a process with {asked} connections raised {error['type']}: {error['text']}"
        )
    for heard in history.facts("heard"):
        wrong = [number for number, said in enumerate(heard) if said != number]
        if wrong:
            yield (
                f"{len(wrong)} of {asked} connections did not deliver: the first is number "
                f"{wrong[0]}, through which came {heard[wrong[0]]!r}"
            )


CROWD = Rule(
    id="START-30",
    title="One Process takes hundreds of connections as arguments",
    level=Level.SHOULD,
    kind=Driver.CONTEXT,
    demands=(
        "A process is given from 60 to 300 connections (fewer where descriptors are few), and "
        "sends through each of them its place in the list."
    ),
    source="https://github.com/python/cpython/blob/3.13/Lib/multiprocessing/forkserver.py",
    triage=(
        "How many descriptors go into one message? Linux takes 253 (SCM_MAX_FD).",
        "Does the server wait for room, or refuse?",
    ),
    plans=_crowd_plans,
    run=_run_crowd,
    check=_check_crowd,
)


RULES = (THINGS, CROWD)
