"""Blocks of multiprocessing.shared_memory between a program and its workers.

Each plan runs in a program of its own: what a resource tracker does depends on whether one runs
already, and in the stage earlier rules have seen to that.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator
from multiprocessing.shared_memory import SharedMemory
from typing import TYPE_CHECKING

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
from poolproof.tasks_fault import KILL
from poolproof.tasks_shm import content, hold, let_go, look, make
from poolproof.verdict import Judgement

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

_SIZE = 64
_BYTE = 7
_TRACKER = "https://github.com/python/cpython/issues/82300"


def _attach_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return st.fixed_dictionaries({"first": st.sampled_from(["block", "pool"])})


def _run_close(plan: Plan, stage: Stage) -> None:
    with stage.program(f"{__name__}:attach_and_close", plan) as program:
        program.wait()


def attach_and_close(plan: Plan, stage: Stage) -> None:
    """The program: a worker attaches to a block, closes it, and ends."""
    with _block(plan, stage) as (block, pool):
        stage.call("look", pool.submit(look, block.name).get)
        with _ended_with(stage):
            pool.close()
        stage.call("look again", lambda: look(block.name))


def _run_kill(plan: Plan, stage: Stage) -> None:
    with stage.program(f"{__name__}:attach_and_die", plan) as program:
        program.wait()


def attach_and_die(plan: Plan, stage: Stage) -> None:
    """The program: a worker attaches to a block, and is killed."""
    with Gate() as gate, _block(plan, stage) as (block, pool):
        pool.submit(hold, block.name, gate.address)
        (visitor,) = gate.admit()
        with _ended_with(stage):
            os.kill(visitor.pid, KILL)
            pool.terminate()
        stage.call("look again", lambda: look(block.name))


@contextlib.contextmanager
def _block(plan: Plan, stage: Stage) -> Iterator[tuple[SharedMemory, Pool]]:
    """A block whose first byte is set and a pool of one worker, made in the plan's order."""
    with contextlib.ExitStack() as stack:
        if plan["first"] == "pool":
            pool = stack.enter_context(stage.fresh_pool(1))
        block = SharedMemory(create=True, size=_SIZE)
        stack.callback(_free, block)
        content(block)[0] = _BYTE
        if plan["first"] == "block":
            pool = stack.enter_context(stage.fresh_pool(1))
        yield block, pool


def _free(block: SharedMemory) -> None:
    block.close()
    with contextlib.suppress(FileNotFoundError):  # what the rule has told already
        block.unlink()


@contextlib.contextmanager
def _ended_with(stage: Stage) -> Iterator[None]:
    """The workers end inside; wait for what they have started, such as a tracker of their own."""
    import psutil

    support = stage.subject.support_pids()
    children = [p for p in psutil.Process().children(recursive=True) if p.pid not in support]
    yield
    psutil.wait_procs(children, timeout=GRACE_S)


def _check_close(plan: Plan, history: History) -> Judgement:
    return _check(history, ("look", "look again"), "attached to it, closed it and ended")


def _check_kill(plan: Plan, history: History) -> Judgement:
    return _check(history, ("look again",), "was killed while attached to it")


def _check(history: History, ops: tuple[str, ...], event: str) -> Judgement:
    missing = "" if settled(history, ops[-1]) else "the program did not come to its end"
    return judge(_problems(history, ops, event), missing=missing)


def _problems(history: History, ops: tuple[str, ...], event: str) -> Iterator[str]:
    for op in ops:
        where = "in the worker" if op == "look" else f"in its owner, after a worker {event},"
        for end in settled(history, op).values():
            if end.kind is Kind.FAIL:
                yield f"attaching to a block by name {where} raised {raised(end)}"
            elif end.value != _BYTE:
                yield f"a block holds {end.value} {where}; expected {_BYTE}"


CLOSES = Rule(
    id="SHM-01",
    title="A worker that attaches to a block, closes it and ends leaves it to the others",
    level=Level.SHOULD,
    kind=Driver.POOL,
    demands=(
        "A program makes a block of multiprocessing.shared_memory, before or after its pool. A "
        "worker attaches to it by name, closes it, and ends with the pool. The owner can still "
        "attach by name and finds the content. (CPython has every process register what it "
        "attaches to; a worker that shares its parent's resource tracker does no harm by that, "
        "one that must start a tracker of its own does. A pool can see to the first.)"
    ),
    source=_TRACKER,
    triage=(
        "Does the parent's resource tracker run before the first worker is forked?",
        "Does a worker get the tracker's descriptor?",
    ),
    plans=_attach_plans,
    run=_run_close,
    check=_check_close,
    needs=frozenset({can.PROCESSES}),
    deadline_s=20.0,
    all_plans=2,
)

DIES = Rule(
    id="SHM-02",
    title="A worker that is killed while attached to a block leaves it to the others",
    level=Level.SHOULD,
    kind=Driver.POOL,
    demands=(
        "As before, but the worker is killed with the block open. What a dead process has mapped "
        "goes with it, the name and the content belong to the owner."
    ),
    source=_TRACKER,
    triage=(
        "Does a resource tracker of the worker's own see its end and clean up?",
        "Does the pool clean up after the dead what was not theirs?",
    ),
    plans=_attach_plans,
    run=_run_kill,
    check=_check_kill,
    needs=frozenset({can.PROCESSES}),
    deadline_s=20.0,
    all_plans=2,
)


def _make_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return st.fixed_dictionaries({"worker": st.sampled_from(["lives", "has ended"])})


def _run_make(plan: Plan, stage: Stage) -> None:
    # The end of its stream is the end of all that it has started.
    with stage.program(f"{__name__}:take_over", plan, stderr=subprocess.PIPE) as program:
        stage.note("printed", program.communicate()[1][-2000:])


def take_over(plan: Plan, stage: Stage) -> None:
    """The program: a worker makes a block, and the program takes it over and unlinks it."""
    with stage.fresh_pool(1) as pool:
        name = pool.submit(make, _BYTE).get()
        pool.submit(let_go, name).get()
        if plan["worker"] == "has ended":
            with _ended_with(stage):
                pool.close()
        stage.call("take over", lambda: _read_and_unlink(name))


def _read_and_unlink(name: str) -> int:
    block = SharedMemory(name=name)
    byte = int(content(block)[0])
    block.close()
    block.unlink()
    return byte


def _check_make(plan: Plan, history: History) -> Judgement:
    missing = "" if history.facts("printed") else "the program was not seen to end"
    return judge(_make_problems(plan, history), missing=missing)


def _make_problems(plan: Plan, history: History) -> Iterator[str]:
    what = f"a block made by a worker that {plan['worker']}"
    for end in settled(history, "take over").values():
        if end.kind is Kind.FAIL:
            yield f"taking over {what} raised {raised(end)}"
        elif end.value != _BYTE:
            yield f"{what} holds {end.value}, expected {_BYTE}"
    for printed in history.facts("printed"):
        if "leaked" in printed or "Error" in printed:
            yield f"{what} was unlinked once, and then this was printed: {printed.strip()[-300:]}"


MAKES = Rule(
    id="SHM-03",
    title="A block that a worker makes can be taken over, and is freed once",
    level=Level.SHOULD,
    kind=Driver.POOL,
    demands=(
        "A worker makes a block of multiprocessing.shared_memory, closes it and returns its name. "
        "The program attaches to it, with the worker alive or ended, reads it and unlinks it. "
        "Nobody else frees it, before or after, or complains of a leak."
    ),
    source=_TRACKER,
    triage=(
        "Does the parent's resource tracker run before the first worker is forked?",
        "Does a worker get the tracker's descriptor?",
    ),
    plans=_make_plans,
    run=_run_make,
    check=_check_make,
    needs=frozenset({can.PROCESSES, can.POSIX}),
    deadline_s=20.0,
    all_plans=2,
)

RULES = (CLOSES, DIES, MAKES)
