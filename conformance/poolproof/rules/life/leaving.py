"""Programs that end, or fork, with their pool still open."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from poolproof import tasks
from poolproof.checkers.judging import judge
from poolproof.drivers import capabilities as can
from poolproof.drivers.base import OpenOptions, Pool
from poolproof.drivers.wrap import wrap
from poolproof.gate import Gate, wait_at
from poolproof.history import History, Kind
from poolproof.plan import Plan
from poolproof.rule import Kind as Driver
from poolproof.rule import Level, Rule
from poolproof.rules.life.census import GRACE_S
from poolproof.rules.results import raised, settled
from poolproof.stage.api import Stage
from poolproof.tasks_life import work_at
from poolproof.verdict import Judgement

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

_kept: list[Pool] = []  # as a program's global variable keeps its pool until the end


def _exit_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return st.fixed_dictionaries(
        {
            "workers": st.just(2),
            "unread": st.sampled_from([0, 4]),
            "code": st.sampled_from([0, 3]),
        }
    )


def _run_exit(plan: Plan, stage: Stage) -> None:
    with Gate() as gate:
        told = {**plan, "address": gate.address}
        with stage.program(f"{__name__}:use_and_exit", told) as program:
            (visitor,) = gate.admit()
            workers = _children(program.pid)
            visitor.release()
            stage.note("exit code", program.wait())
        stage.note("alive", _alive(workers))


def use_and_exit(plan: Plan, stage: Stage) -> None:
    """The program: open a pool, use it, and end without a word to it."""
    _kept.append(wrap(stage.subject.open(OpenOptions(plan["workers"], stage.start_method))))
    for key in range(plan["workers"]):
        _kept[0].submit(tasks.identity, key).get()
    for key in range(plan["unread"]):
        _kept[0].submit(tasks.identity, key)
    wait_at(tuple(plan["address"]))
    if plan["code"]:
        sys.exit(plan["code"])


def _children(pid: int) -> list[Any]:
    import psutil

    children: list[Any] = psutil.Process(pid).children(recursive=True)
    return children


def _alive(processes: list[Any]) -> list[int]:
    import psutil

    _, alive = psutil.wait_procs(processes, timeout=GRACE_S)
    return sorted(p.pid for p in alive)


def _check_exit(plan: Plan, history: History) -> Judgement:
    missing = "" if history.facts("alive") else "the program was not seen to end"
    return judge(_exit_problems(plan, history), missing=missing)


def _exit_problems(plan: Plan, history: History) -> Iterator[str]:
    for code in history.facts("exit code"):
        if code != plan["code"]:
            yield (
                f"a program that left its pool open ended with exit code {code}; expected "
                f"its own, {plan['code']}"
            )
    for alive in history.facts("alive"):
        if alive:
            yield (
                f"{len(alive)} process(es) of a program that left its pool open are alive "
                f"{GRACE_S:.0f} s after its end: pids {alive}"
            )


EXIT = Rule(
    id="LIFE-08",
    title="A program that does not close its pool ends all the same",
    level=Level.MUST,
    kind=Driver.POOL,
    demands=(
        "A program opens a pool, reads some results or leaves a few short tasks unread, and "
        "reaches its end, or calls sys.exit(), with the pool open. It ends, with its own exit "
        "code, and its workers and helpers end too."
    ),
    source="https://docs.python.org/3/library/concurrent.futures.html"
    "#concurrent.futures.Executor.shutdown",
    triage=(
        "Does a thread that is no daemon wait for a pool that nobody will close?",
        "Do handlers at exit run in an order in which one waits for the other?",
    ),
    plans=_exit_plans,
    run=_run_exit,
    check=_check_exit,
    needs=frozenset({can.PROCESSES}),
    deadline_s=20.0,
    all_plans=4,
)


def _fork_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return st.fixed_dictionaries(
        {"ends": st.sampled_from(["os._exit", "sys.exit"]), "later": st.just(3)}
    )


def _run_fork(plan: Plan, stage: Stage) -> None:
    with Gate() as gate:
        told = {**plan, "address": gate.address}
        with stage.program(f"{__name__}:use_and_fork", told) as program:
            task, owner = sorted(gate.admit(2), key=lambda visitor: visitor.key)
            owner.release()
            (owner,) = gate.admit()  # the fork has ended
            task.release()
            owner.release()
            program.wait()


def use_and_fork(plan: Plan, stage: Stage) -> None:
    """The program: fork while a task runs, and go on when the fork has ended."""
    if sys.platform == "win32":
        raise NotImplementedError("only POSIX forks, as the rule's needs say")
    address = tuple(plan["address"])
    pool = wrap(stage.subject.open(OpenOptions(1, stage.start_method)))
    pending = pool.submit(work_at, stage.folder, address, 0)
    wait_at(address, 1)
    fork = os.fork()
    if fork == 0:
        if plan["ends"] == "os._exit":
            os._exit(0)
        sys.exit(0)
    os.waitpid(fork, 0)
    wait_at(address, 1)
    stage.call("get", pending.get, 0)
    for key in range(1, plan["later"] + 1):
        stage.call("get", pool.submit(tasks.identity, key).get, key)
    stage.call("close", pool.close)


def _check_fork(plan: Plan, history: History) -> Judgement:
    missing = "" if settled(history, "close") else "the program was not seen to close its pool"
    return judge(_fork_problems(plan, history), missing=missing)


def _fork_problems(plan: Plan, history: History) -> Iterator[str]:
    after = f"after a fork of the program ended by {plan['ends']}()"
    for key, end in settled(history, "get").items():
        when = "that ran meanwhile" if key == 0 else "submitted later"
        if end.kind is Kind.FAIL:
            yield f"{after}, task {key}, {when}, raised {raised(end)}"
        elif end.value != key:
            yield f"{after}, task {key}, {when}, returned {end.value!r}"
    for end in settled(history, "close").values():
        if end.kind is Kind.FAIL:
            yield f"{after}, close() raised {raised(end)}"


FORK = Rule(
    id="LIFE-18",
    title="A fork of the program that ends leaves the pool working",
    level=Level.SHOULD,
    kind=Driver.POOL,
    demands=(
        "While a task runs, the program forks itself (os.fork(), as daemons and servers do), and "
        "the fork ends by os._exit() or sys.exit(). It has copies of the pool's objects and not "
        "the pool: the task, later ones and close() are as if there had been no fork."
    ),
    source="https://docs.python.org/3/library/os.html#os.fork",
    triage=(
        "Does a handler at exit terminate processes that are another process's children?",
        "Does it write into pipes that the fork has inherited?",
    ),
    plans=_fork_plans,
    run=_run_fork,
    check=_check_fork,
    needs=frozenset({can.PROCESSES, can.POSIX}),
    all_plans=2,
)

RULES = (EXIT, FORK)
