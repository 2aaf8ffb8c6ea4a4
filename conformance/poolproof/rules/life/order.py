"""close(), terminate() and join() in another order than the usual one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from poolproof import tasks
from poolproof.checkers.judging import judge
from poolproof.history import History, Kind
from poolproof.plan import Plan
from poolproof.rule import Kind as Driver
from poolproof.rule import Level, Rule
from poolproof.rules.results import raised, settled
from poolproof.stage.api import Stage
from poolproof.verdict import Judgement

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


def _again_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    # Each of them joins too; for an executor both are shutdown(wait=True).
    call = st.sampled_from(["close", "terminate"])
    return st.fixed_dictionaries(
        {"tasks": st.integers(0, 3), "calls": st.lists(call, min_size=2, max_size=4)}
    )


def _run_again(plan: Plan, stage: Stage) -> None:
    with stage.fresh_pool(1) as pool:
        for key in range(plan["tasks"]):
            pool.submit(tasks.identity, key).get()
        for number, call in enumerate(plan["calls"]):
            stage.call(call, getattr(pool, call), number)


def _check_again(plan: Plan, history: History) -> Judgement:
    ended = {**settled(history, "close"), **settled(history, "terminate")}
    missing = "" if len(ended) == len(plan["calls"]) else "not all calls were made"
    return judge(_again_problems(plan, history), missing=missing)


def _again_problems(plan: Plan, history: History) -> Iterator[str]:
    for number, call in enumerate(plan["calls"]):
        end = settled(history, call).get(number)
        if end is not None and end.kind is Kind.FAIL:
            before = ", ".join(f"{name}()" for name in plan["calls"][:number]) or "nothing"
            yield f"{call}() after {before} raised {raised(end)}; expected no error"


AGAIN = Rule(
    id="LIFE-09",
    title="A pool can be closed and terminated more than once",
    level=Level.MUST,
    kind=Driver.POOL,
    demands=(
        "close() and terminate(), each with join(), are called several times in any order (an "
        "executor is shut down several times). Every call returns and none raises: a `with` "
        "block around a pool that was closed inside makes two of them."
    ),
    source="https://docs.python.org/3/library/multiprocessing.html"
    "#multiprocessing.pool.Pool.terminate",
    triage=(
        "Does the second call take apart what the first one has?",
        "Does it wait for a thread that has ended, or a message that nobody will send?",
    ),
    plans=_again_plans,
    run=_run_again,
    check=_check_again,
)


def _join_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return st.fixed_dictionaries({"before": st.integers(0, 5), "after": st.integers(1, 5)})


def _run_join(plan: Plan, stage: Stage) -> None:
    pool = stage.pool()
    pool.map(tasks.identity, range(plan["before"]))
    stage.call("join", pool.raw.join)
    for key in range(plan["after"]):
        stage.call("get", pool.submit(tasks.identity, key).get, key)


def _check_join(plan: Plan, history: History) -> Judgement:
    short = len(settled(history, "get")) < plan["after"]
    return judge(_join_problems(history), missing="not all results were read" if short else "")


def _join_problems(history: History) -> Iterator[str]:
    for end in settled(history, "join").values():
        if end.kind is Kind.OK:
            yield "join() of an open pool returned; expected ValueError"
        elif "builtins.ValueError" not in end.value["bases"]:
            yield f"join() of an open pool raised {raised(end)}; expected ValueError"
    for key, end in settled(history, "get").items():
        if end.kind is Kind.FAIL:
            yield f"after join() was refused, task {key} raised {raised(end)}"
        elif end.value != key:
            yield f"after join() was refused, task {key} returned {end.value!r}"


JOIN = Rule(
    id="LIFE-11",
    title="join() of an open pool is refused at once",
    level=Level.SHOULD,
    kind=Driver.POOL,
    demands=(
        "The documentation asks for close() or terminate() before join(). Without them join() "
        "raises ValueError, where it could only wait for ever, and the pool goes on to work."
    ),
    source="https://docs.python.org/3/library/multiprocessing.html#multiprocessing.pool.Pool.join",
    triage=("Does join() look at the state of the pool before it waits?",),
    plans=_join_plans,
    run=_run_join,
    check=_check_join,
    needs=frozenset({"pool"}),
)

RULES = (AGAIN, JOIN)
