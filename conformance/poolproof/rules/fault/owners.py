"""The program that owns a pool is killed, or interrupted.

Each worker holds a line to the gate, whose end is the worker's end: no pid is looked at twice.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from poolproof.checkers.judging import judge
from poolproof.drivers import capabilities as can
from poolproof.drivers.base import Pool
from poolproof.gate import Address, Gate, Visitor, open_line, wait_at
from poolproof.history import History
from poolproof.plan import Plan
from poolproof.rule import Kind as Driver
from poolproof.rule import Level, Rule
from poolproof.stage.api import Stage
from poolproof.tasks_fault import KILL, keep_line, posix, stay_on_line
from poolproof.verdict import Judgement

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

GRACE_S = 5.0  # what ends by itself must have ended by then
_OWNER = -1  # the key of the program at the gate; those of workers count from 0


def _plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return st.fixed_dictionaries({"workers": st.integers(1, 3)})


def own_idle(plan: Plan, stage: Stage) -> None:
    """The program: a pool whose workers are idle. It waits to be killed."""
    with stage.fresh_pool(plan["workers"]) as pool:
        _make_idle(pool, plan["workers"], _gate_of(plan))
        wait_at(_gate_of(plan), _OWNER)


def wait_for_ctrl_c(plan: Plan, stage: Stage) -> None:
    """The program: it waits to be interrupted, and leaves its `with` block by that."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job ignores it
    with contextlib.suppress(KeyboardInterrupt), stage.fresh_pool(plan["workers"]) as pool:
        if plan["busy"]:
            keys = range(plan["workers"])
            first, *_ = [pool.submit(stay_on_line, _gate_of(plan), key) for key in keys]
            with open_line(_gate_of(plan), _OWNER):
                first.get()
        else:
            _make_idle(pool, plan["workers"], _gate_of(plan))
            wait_at(_gate_of(plan), _OWNER)


def _make_idle(pool: Pool, workers: int, address: Address) -> None:
    with Gate() as inside:
        done = [pool.submit(keep_line, address, key, inside.address) for key in range(workers)]
        inside.admit(workers)
    for result in done:
        result.get()


def _gate_of(plan: Plan) -> Address:
    host, port = plan["gate"]
    return host, port


def _run(
    program: Callable[[Plan, Stage], None],
    end: Callable[[subprocess.Popen[str]], None],
    plan: Plan,
    stage: Stage,
    **options: Any,
) -> None:
    target = f"{__name__}:{program.__name__}"
    with Gate() as gate:
        with stage.program(target, {**plan, "gate": list(gate.address)}, **options) as owner:
            visitors = gate.admit(plan["workers"] + 1)
            end(owner)
            stage.note("owner", _ends(owner))
            for visitor in visitors:
                if visitor.key != _OWNER:
                    stage.note("worker", visitor.has_ended(GRACE_S), visitor.key)
        _clear(visitors)


def _ends(owner: subprocess.Popen[str]) -> bool:
    try:
        owner.wait(GRACE_S)
    except subprocess.TimeoutExpired:
        return False
    return True


def _clear(visitors: tuple[Visitor, ...]) -> None:
    """End the workers that should have ended."""
    for visitor in visitors:
        if visitor.key != _OWNER and not visitor.has_ended(0.0):
            with contextlib.suppress(OSError):
                os.kill(visitor.pid, KILL)


def _kill(owner: subprocess.Popen[str]) -> None:
    owner.kill()


def _interrupt(owner: subprocess.Popen[str]) -> None:
    posix().press_ctrl_c(owner.pid)


def _check(how: str, plan: Plan, history: History) -> Judgement:
    seen = len(history.facts("worker"))
    missing = "" if seen == plan["workers"] else f"{seen} of {plan['workers']} workers were watched"
    return judge(_problems(how, plan, history), missing=missing)


def _problems(how: str, plan: Plan, history: History) -> Iterator[str]:
    if history.fact("owner") is False:
        yield f"{GRACE_S:.0f} s after the program {how} it still runs; expected its end"
    alive = history.facts("worker").count(False)
    if alive:
        yield (
            f"{GRACE_S:.0f} s after the program {how}, {alive} of its {plan['workers']} worker(s) "
            "are alive; expected none"
        )


KILLED = Rule(
    id="FAULT-26",
    title="The program that owns a pool is killed: its idle workers end",
    level=Level.SHOULD,  # no documentation promises it
    kind=Driver.POOL,
    demands=(
        "A program is killed by what it cannot catch, and the workers of its pool are idle. Within "
        f"{GRACE_S:.0f} s none of them is alive."
    ),
    source="https://github.com/pytorch/pytorch/pull/6606",
    triage=(
        "Do the workers wait on something that ends with their owner?",
        "Does a sibling that was forked later hold a copy of that something?",
    ),
    plans=_plans,
    run=partial(_run, own_idle, _kill),
    check=partial(_check, "was killed"),
    needs=frozenset({can.PROCESSES}),
    deadline_s=12.0,
    all_plans=3,
)


def _interrupt_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return st.fixed_dictionaries({"workers": st.integers(1, 3), "busy": st.booleans()})


INTERRUPTED = Rule(
    id="FAULT-27",
    title="Ctrl-C ends a program and its pool",
    level=Level.SHOULD,
    kind=Driver.POOL,
    demands=(
        "SIGINT reaches a program and all its processes, as Ctrl-C in a terminal sends it, while "
        "it waits for a result, or for something else with its pool idle. It leaves its `with` "
        f"block by KeyboardInterrupt, and within {GRACE_S:.0f} s it has ended, and every worker."
    ),
    source="https://github.com/python/cpython/issues/82609",
    triage=(
        "Does a worker that meets KeyboardInterrupt end with a lock in its hands?",
        "Can the wait for a result be interrupted?",
        "Does the clean-up wait for workers that have gone?",
    ),
    plans=_interrupt_plans,
    run=partial(_run, wait_for_ctrl_c, _interrupt, start_new_session=True),
    check=partial(_check, "was interrupted"),
    needs=frozenset({can.PROCESSES, can.POSIX}),
    deadline_s=12.0,
    all_plans=6,
)

RULES = (KILLED, INTERRUPTED)
