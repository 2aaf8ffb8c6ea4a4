"""close(), and leaving a `with` block."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from poolproof import tasks
from poolproof.checkers.judging import judge
from poolproof.drivers import capabilities as can
from poolproof.drivers.base import Pool
from poolproof.gate import Gate
from poolproof.history import History, Kind
from poolproof.plan import Plan
from poolproof.rule import Kind as Driver
from poolproof.rule import Level, Rule
from poolproof.rules.life.census import GRACE_S
from poolproof.rules.results import raised, settled
from poolproof.stage.api import Stage
from poolproof.tasks_life import work, work_at
from poolproof.verdict import Judgement

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

_POOL = "https://docs.python.org/3/library/multiprocessing.html#multiprocessing.pool.Pool"


def _finish_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return st.fixed_dictionaries({"workers": st.integers(1, 3), "tasks": st.integers(1, 20)})


def _run_finish(plan: Plan, stage: Stage) -> None:
    with Gate() as gate, stage.fresh_pool(plan["workers"]) as pool:
        held = pool.submit(work_at, stage.folder, gate.address, 0)
        (first,) = gate.admit()  # the others wait behind it, so that close() meets them pending
        others = [pool.submit(work, stage.folder, key) for key in range(1, plan["tasks"])]
        first.release()
        stage.call("close", pool.close)
        for key, result in enumerate([held, *others]):
            stage.call("get", result.get, key)


def _check_finish(plan: Plan, history: History) -> Judgement:
    ended = settled(history, "get")
    short = len(ended) < plan["tasks"]
    return judge(_finish_problems(history), missing="not all results were read" if short else "")


def _finish_problems(history: History) -> Iterator[str]:
    for end in settled(history, "close").values():
        if end.kind is Kind.FAIL:
            yield f"close() raised {raised(end)}"
    for key, end in settled(history, "get").items():
        if end.kind is Kind.FAIL:
            yield f"task {key} was accepted before close() and raised {raised(end)}; expected {key}"
        elif end.value != key:
            yield f"task {key} was accepted before close() and returned {end.value!r}"


FINISHES = Rule(
    id="LIFE-02",
    title="close() finishes the tasks that were accepted",
    level=Level.MUST,
    kind=Driver.POOL,
    demands=(
        "Tasks are pending when the pool is closed (and joined, or shut down with wait=True). "
        "The call returns, and every one of them has given its value."
    ),
    source=_POOL + ".close",
    triage=(
        "Does the sign to stop overtake tasks on their way to a worker?",
        "Are results read until the last one, or until the last worker ends?",
    ),
    plans=_finish_plans,
    run=_run_finish,
    check=_check_finish,
)


def _refuse_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return st.fixed_dictionaries(
        {
            "workers": st.integers(1, 2),
            "used": st.integers(0, 3),
            "ended": st.sampled_from(["close", "terminate"]),
            "asks": st.sampled_from(["submit", "map"]),
        }
    )


def _run_refuse(plan: Plan, stage: Stage) -> None:
    with stage.fresh_pool(plan["workers"]) as pool:
        for key in range(plan["used"]):
            pool.submit(tasks.identity, key).get()
        (pool.close if plan["ended"] == "close" else pool.terminate)()
        stage.call("late", partial(_ask, pool, plan["asks"]), show=lambda _: None)


def _ask(pool: Pool, how: str) -> Any:
    # The result of a submission is not waited for: that it was accepted is enough, and it may hang.
    return pool.map(tasks.identity, [1]) if how == "map" else pool.submit(tasks.identity, 1)


def _check_refuse(plan: Plan, history: History) -> Judgement:
    missing = "" if settled(history, "late") else "nothing was asked of the closed pool"
    return judge(_refuse_problems(plan, history), missing=missing)


def _refuse_problems(plan: Plan, history: History) -> Iterator[str]:
    for end in settled(history, "late").values():
        if end.kind is Kind.OK:
            yield f"{plan['asks']} after {plan['ended']}() was accepted; expected an exception"
        elif "builtins.Exception" not in end.value["bases"]:
            yield f"{plan['asks']} after {plan['ended']}() raised {raised(end)}, not an Exception"


REFUSES = Rule(
    id="LIFE-03",
    title="Submitting after close raises",
    level=Level.MUST,
    kind=Driver.POOL,
    demands=(
        "After close() or terminate() (for an executor: shutdown()) submission and map raise, at "
        "the call, an Exception. Nothing is taken that would never run."
    ),
    source="https://docs.python.org/3/library/concurrent.futures.html"
    "#concurrent.futures.Executor.shutdown",
    triage=("Is the state checked under the lock under which close() changes it?",),
    plans=_refuse_plans,
    run=_run_refuse,
    check=_check_refuse,
)


def _leave_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return st.fixed_dictionaries(
        {
            "workers": st.integers(1, 3),
            "read": st.integers(1, 6),
            "unread": st.integers(0, 6),
            "error": st.booleans(),
        }
    )


def _run_leave(plan: Plan, stage: Stage) -> None:
    with stage.fresh_pool(plan["workers"]) as pool:
        seen: dict[int, Any] = {}
        stage.call("with", partial(_use_and_leave, plan, pool, seen), show=lambda _: None)
        stage.note("alive", _alive(seen))


def _use_and_leave(plan: Plan, pool: Pool, seen: dict[int, Any]) -> None:
    import psutil

    with pool.raw:
        pids = [pool.submit(tasks.pid) for _ in range(plan["read"])]
        seen.update({pid: psutil.Process(pid) for pid in {p.get() for p in pids}})
        for key in range(plan["unread"]):
            pool.submit(tasks.identity, key)
        if plan["error"]:
            raise LookupError("raised inside the block")


def _alive(workers: dict[int, Any]) -> list[int]:
    import psutil

    _, alive = psutil.wait_procs(list(workers.values()), timeout=GRACE_S)
    return sorted(p.pid for p in alive)


def _check_leave(plan: Plan, history: History) -> Judgement:
    missing = "" if history.facts("alive") else "the block was not left"
    return judge(_leave_problems(plan, history), missing=missing)


def _leave_problems(plan: Plan, history: History) -> Iterator[str]:
    for end in settled(history, "with").values():
        came = end.value["type"] if end.kind is Kind.FAIL else None
        expected = "builtins.LookupError" if plan["error"] else None
        if came != expected:
            yield f"a `with` block that raised {expected} was left with {came}"
    for alive in history.facts("alive"):
        if alive:
            yield f"{len(alive)} worker(s) are alive after the `with` block: pids {alive}"


LEAVES = Rule(
    id="LIFE-06",
    title="Leaving a `with` block is bounded and leaves no worker",
    level=Level.MUST,
    kind=Driver.POOL,
    demands=(
        "A `with` block is left, normally or by an exception, with tasks still unread. Leaving "
        "returns, passes the exception on, and the workers that have run a task are gone soon."
    ),
    source=_POOL,
    triage=(
        "Does __exit__() end the workers, or only ask them to?",
        "Does it wait for something that waits for it?",
    ),
    plans=_leave_plans,
    run=_run_leave,
    check=_check_leave,
    needs=frozenset({can.PROCESSES, can.WITH}),
)

RULES = (FINISHES, REFUSES, LEAVES)
