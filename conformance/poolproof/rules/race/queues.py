"""Queues between processes lose nothing and keep each producer's order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from poolproof.checkers.accounting import account
from poolproof.checkers.fifo import overtaking
from poolproof.checkers.judging import judge
from poolproof.history import History, Kind
from poolproof.plan import Plan
from poolproof.rule import Kind as Driver
from poolproof.rule import Level, Rule
from poolproof.rules.race.crew import Job, casualties, crew, often
from poolproof.stage.api import Stage
from poolproof.tasks_race import consume, produce
from poolproof.verdict import Judgement

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


def _plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    kinds = st.one_of(
        st.tuples(st.sampled_from(["Queue", "JoinableQueue"]), st.sampled_from([0, 1, 3])),
        st.tuples(st.just("SimpleQueue"), st.just(0)),
    ).map(list)
    return st.fixed_dictionaries(
        {
            "queue": kinds,  # class and maxsize
            "producers": st.integers(1, 2),
            "consumers": st.integers(1, 2),
            "load": st.one_of(
                st.tuples(often(700), st.sampled_from([0, 10, 1000])),
                # around the 64 KiB of a pipe, where a write is cut in two
                st.tuples(st.integers(1, 30), st.sampled_from([65_000, 70_000])),
            ).map(list),  # items a producer, and their bytes
        }
    )


def _run(plan: Plan, stage: Stage) -> None:
    kind, maxsize = plan["queue"]
    context: Any = stage.context
    queue = getattr(context, kind)(*([maxsize] if maxsize else []))
    producers, consumers = plan["producers"], plan["consumers"]
    jobs = [Job(produce, (queue, p, *plan["load"])) for p in range(producers)]
    jobs += [Job(consume, (queue, stage.folder, c)) for c in range(consumers)]
    with crew(stage, jobs) as members:
        # A producer ends only when its items are in the pipe, so no None overtakes an item.
        for producer in members[:producers]:
            producer.join()
        for _ in range(consumers):
            queue.put(None)
    _let_go(queue)


def _let_go(queue: Any) -> None:
    queue.close()
    if hasattr(queue, "join_thread"):  # SimpleQueue has no feeder
        queue.join_thread()


def _check(plan: Plan, history: History) -> Judgement:
    missing = "" if history.facts("exitcodes") else "the processes were not seen to end"
    return judge(_problems(plan, history), missing=missing)


def _problems(plan: Plan, history: History) -> Iterator[str]:
    yield from casualties(history, plan["producers"] + plan["consumers"])
    got: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for event in history.of("get", Kind.OK):
        producer, number = event.value
        got[event.key[0]].append((producer, number))
    for consumer, items in got.items():
        wrong = overtaking(consumer, items)
        if wrong is not None:
            yield (
                f"consumer {consumer} got item {wrong.first} of producer {wrong.producer} before "
                f"its item {wrong.second}, which was put earlier"
            )
    if history.facts("exitcodes"):
        put = [(p, n) for p in range(plan["producers"]) for n in range(plan["load"][0])]
        seen = [item for items in got.values() for item in items]
        yield from account(put, seen).complaints("item", "came out of the queue")


FIFO = Rule(
    id="RACE-04",
    title="A queue loses nothing, doubles nothing, and keeps the order of each producer",
    level=Level.MUST,
    kind=Driver.CONTEXT,
    demands=(
        "Producers put numbered items, small ones and ones larger than a pipe's buffer, consumers "
        "take them. Every item comes out once, and a consumer sees the items of one producer in "
        "the order in which they were put. Producers among themselves have no order."
    ),
    source="https://docs.python.org/3/library/multiprocessing.html#pipes-and-queues",
    triage=(
        "Can two writers interleave inside one message?",
        "Does a producer end before its buffered items are in the pipe?",
        "Is there more than one thread that feeds the pipe?",
    ),
    plans=_plans,
    run=_run,
    check=_check,
)

RULES = (FIFO,)
