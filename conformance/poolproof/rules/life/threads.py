"""Pools and the threads of their caller."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from poolproof import tasks
from poolproof.checkers.judging import judge
from poolproof.drivers.base import OpenOptions, Pool
from poolproof.drivers.wrap import wrap
from poolproof.history import History, Kind
from poolproof.plan import JSON, Plan
from poolproof.rule import Kind as Driver
from poolproof.rule import Level, Rule
from poolproof.rules.results import name, raised, settled
from poolproof.stage.api import Stage
from poolproof.verdict import Judgement

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

T = TypeVar("T")


def _relay_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return st.fixed_dictionaries(
        {
            "workers": st.integers(1, 2),
            "tasks": st.integers(1, 6),
            "asks": st.sampled_from(["submit", "map"]),
            "end": st.sampled_from(["close", "terminate"]),
        }
    )


def _run_relay(plan: Plan, stage: Stage) -> None:
    """Each step in a thread that has ended before the next begins."""
    options = OpenOptions(plan["workers"], stage.start_method)
    pool = _in_a_thread(lambda: wrap(stage.subject.open(options)))
    try:
        _in_a_thread(partial(_use, stage, pool, plan, None))
        _in_a_thread(partial(stage.call, plan["end"], getattr(pool, plan["end"])))
    finally:
        pool.terminate()


def _in_a_thread(step: Callable[[], T]) -> T:
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(step).result()


def _use(stage: Stage, pool: Pool, plan: Plan, key: JSON) -> None:
    items = list(range(plan["tasks"]))
    if plan["asks"] == "map":
        stage.call("use", lambda: pool.map(tasks.identity, items), key, show=list)
    else:
        stage.call("use", lambda: _one_by_one(pool, items), key, show=list)


def _one_by_one(pool: Pool, items: list[int]) -> list[int]:
    pending = [pool.submit(tasks.identity, item) for item in items]
    return [result.get() for result in pending]


def _check_relay(plan: Plan, history: History) -> Judgement:
    missing = "" if settled(history, plan["end"]) else "the pool was not ended"
    problems = _problems(plan, history, ("use", plan["end"]), "in another thread than it opened in")
    return judge(problems, missing=missing)


def _problems(plan: Plan, history: History, ops: tuple[str, ...], how: str) -> Iterator[str]:
    for op in ops:
        for key, end in settled(history, op).items():
            if end.kind is Kind.FAIL:
                yield f"{name(op, key)} of a pool {how} raised {raised(end)}"
            elif op == "use" and end.value != list(range(plan["tasks"])):
                yield f"{plan['asks']} of {plan['tasks']} task(s) {how} returned {end.value}"


RELAY = Rule(
    id="LIFE-19",
    title="A pool may be opened, used and closed in three threads",
    level=Level.MUST,
    kind=Driver.POOL,
    demands=(
        "One thread opens a pool and ends, the next uses it and ends, the third closes or "
        "terminates it. Workers outlive the thread that started them, and nothing is tied to it."
    ),
    source="https://man7.org/linux/man-pages/man2/PR_SET_PDEATHSIG.2const.html",
    triage=(
        "Are workers told to die with their parent thread (PR_SET_PDEATHSIG), not their process?",
        "Is something of the pool in a thread-local variable?",
    ),
    plans=_relay_plans,
    run=_run_relay,
    check=_check_relay,
)


def _crowd_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return st.fixed_dictionaries(
        {
            "threads": st.integers(2, 3),
            "pools": st.integers(1, 2),
            "in_turns": st.booleans(),
            "tasks": st.integers(1, 6),
            "asks": st.sampled_from(["submit", "map"]),
            "end": st.sampled_from(["close", "terminate"]),
        }
    )


def _run_crowd(plan: Plan, stage: Stage) -> None:
    together = threading.Barrier(plan["threads"])

    def live(thread: int) -> None:
        for number in range(plan["pools"]):
            together.wait()
            with stage.fresh_pool(1) as pool:
                key = [thread, number]
                _use(stage, pool, plan, key)
                together.wait()
                for turn in range(plan["threads"]) if plan["in_turns"] else [thread]:
                    if turn == thread:
                        stage.call(plan["end"], getattr(pool, plan["end"]), key)
                    if plan["in_turns"]:
                        together.wait()
                    if turn < thread:  # one pool has ended, this one goes on to work
                        _use(stage, pool, plan, [*key, turn])

    def live_or_tell(thread: int) -> None:
        try:
            live(thread)
        except BaseException:
            together.abort()  # nobody shall wait for this thread
            raise

    with ThreadPoolExecutor(plan["threads"]) as threads:
        list(threads.map(live_or_tell, range(plan["threads"])))


def _check_crowd(plan: Plan, history: History) -> Judgement:
    short = len(settled(history, plan["end"])) < plan["threads"] * plan["pools"]
    problems = _problems(plan, history, ("use", plan["end"]), "beside others in other threads")
    return judge(problems, missing="not all pools were ended" if short else "")


CROWD = Rule(
    id="LIFE-20",
    title="Threads may open, use and close pools of their own at the same time",
    level=Level.MUST,
    kind=Driver.POOL,
    demands=(
        "Several threads each open a pool, use it and end it, one pool after the other, all at "
        "once. Every task gives its value and every pool ends: pools share nothing that one of "
        "them could take from another."
    ),
    source="https://github.com/python/cpython/issues/90622",
    triage=(
        "Does a worker inherit the ends of another pool's pipes, and keep them open?",
        "Is there state of the module that one pool sets and another one reads?",
    ),
    plans=_crowd_plans,
    run=_run_crowd,
    check=_check_crowd,
)

RULES = (RELAY, CROWD)
