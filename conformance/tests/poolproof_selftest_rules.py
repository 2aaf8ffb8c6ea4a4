"""Rules that must come out in a known way: they prove that the engine records every outcome."""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
from pathlib import Path
from typing import Any

import psutil
from poolproof import journal, tasks
from poolproof.history import History, Kind
from poolproof.plan import Plan
from poolproof.rule import Kind as Driver
from poolproof.rule import Level, Rule
from poolproof.stage.api import Stage
from poolproof.verdict import PASSED, Judgement, failed, unknown

MARKER = "POOLPROOF_SELFTEST_MARKER"


def _integers() -> Any:
    from hypothesis import strategies as st

    return st.fixed_dictionaries({"n": st.integers(0, 10_000)})


def _one() -> Any:
    from hypothesis import strategies as st

    return st.just({"n": 1})


def _twice(plan: Plan, stage: Stage) -> None:
    stage.call("submit", lambda: stage.pool().submit(tasks.identity, plan["n"]).get())


def _says_same(plan: Plan, history: History) -> Judgement:
    (value,) = history.ok("submit").values()
    return PASSED if value == plan["n"] else failed(f"sent {plan['n']}, got {value}")


def _no_more_than_99(plan: Plan, _: History) -> Judgement:
    return failed(f"{plan['n']} is more than 99") if plan["n"] > 99 else PASSED


def _draw(plan: Plan, history: History) -> str:
    return f"<svg>{plan['n']} by {len(history)} events</svg>"


def _hang(plan: Plan, stage: Stage) -> None:
    stage.call("wait for ever", threading.Event().wait)


def _hang_and_die_of_the_dump(plan: Plan, stage: Stage) -> None:
    """As where the stacks are written while a thread leaves the very frame that is read."""
    while Path(stage.folder, "stacks.txt").stat().st_size == 0:
        time.sleep(0.01)  # nobody tells when the dump begins
    os._exit(11)


def _hang_in_a_worker_that_left(plan: Plan, stage: Stage) -> None:
    """Leave a process that the pool knows nothing of, then hang."""
    process = multiprocessing.get_context("spawn").Process(target=time.sleep, args=(600,))
    process.start()
    stage.note("orphan", process.pid)
    threading.Event().wait()


def _hang_on_long_ones(plan: Plan, stage: Stage) -> None:
    stage.note("length", plan["n"])
    if plan["n"] > 99:
        threading.Event().wait()


def _say_and_hold(plan: Plan, stage: Stage) -> None:
    print("said by a plan that held", flush=True)
    _twice(plan, stage)


def _say_and_exit(plan: Plan, stage: Stage) -> None:
    print("said by the plan that crashed", flush=True)
    _exit(plan, stage)


def _exit(plan: Plan, stage: Stage) -> None:
    stage.note("about to leave", 7)
    os._exit(7)


def _block_once(plan: Plan, stage: Stage) -> None:
    """Block for ever, unless somebody blocked before."""
    marker = Path(os.environ[MARKER])
    if not marker.exists():
        marker.write_text(str(os.getpid()), encoding="ascii")
        threading.Event().wait()
    _twice(plan, stage)


def _kill_the_keeper(plan: Plan, stage: Stage) -> None:
    # Not os.getppid(): a Windows environment's python.exe puts a process of its own between.
    next(p for p in psutil.Process().parents() if "run" in p.cmdline()).kill()


def _raise(plan: Plan, stage: Stage) -> None:
    raise RuntimeError("the rule itself is broken")


def _nothing(plan: Plan, stage: Stage) -> None:
    pass


def _always_right(plan: Plan, history: History) -> Judgement:
    return PASSED


def _check_raises(plan: Plan, history: History) -> Judgement:
    raise LookupError("this check is broken")


def _undrawable() -> Any:
    raise LookupError("these plans are broken")


def _fill_the_journal(plan: Plan, stage: Stage) -> None:
    for _ in range(8):
        stage.note("a long fact", "x" * (1 << 20))


def _fill_a_workers_journal(plan: Plan, stage: Stage) -> None:
    stage.call("submit", stage.pool().submit(fill, stage.folder).get)


def fill(folder: str) -> None:
    for _ in range(8):
        journal.record(folder, Kind.INFO, "a long fact", value="x" * (1 << 20))


def _every_other_time(plan: Plan, stage: Stage) -> None:
    """The first run of a stage is right, the second one wrong, and so on."""
    global _runs
    _runs += 1
    stage.call("submit", lambda: plan["n"] + _runs % 2)


_runs = -1


def _cannot_tell(plan: Plan, history: History) -> Judgement:
    return unknown("cannot tell")


def _rule(
    name: str, run: Any, check: Any = _says_same, plans: Any = _integers, **more: Any
) -> Rule:
    return Rule(
        id=f"{__name__}:{name}",
        title=name.lower().replace("_", " "),
        level=more.pop("level", Level.MUST),
        kind=Driver.POOL,
        demands="nothing of interest",
        source="https://docs.python.org/3/",
        triage=("the engine",),
        plans=plans,
        run=run,
        check=check,
        deadline_s=more.pop("deadline_s", 15.0),
        **more,
    )


HOLDS = _rule("HOLDS", _twice)
SAYS_AND_HOLDS = _rule("SAYS_AND_HOLDS", _say_and_hold)
SAYS_AND_CRASHES = _rule("SAYS_AND_CRASHES", _say_and_exit, plans=_one, all_plans=1)
SHRINKS = _rule("SHRINKS", _twice, _no_more_than_99, draw=_draw)
HANGS = _rule("HANGS", _hang, deadline_s=1.0)
DIES_OF_ITS_DUMP = _rule("DIES_OF_ITS_DUMP", _hang_and_die_of_the_dump, plans=_one, deadline_s=1.0)
HANGS_LONG = _rule("HANGS_LONG", _hang, deadline_s=600.0)
HANGS_WITH_AN_ORPHAN = _rule("HANGS_WITH_AN_ORPHAN", _hang_in_a_worker_that_left, deadline_s=5.0)
HANGS_ON_LONG_ONES = _rule("HANGS_ON_LONG_ONES", _hang_on_long_ones, _always_right, deadline_s=1.0)
CRASHES = _rule("CRASHES", _exit)
BLOCKS_ONCE = _rule("BLOCKS_ONCE", _block_once, _no_more_than_99, deadline_s=600.0)
KILLS_ITS_KEEPER = _rule("KILLS_ITS_KEEPER", _kill_the_keeper)
CHECK_RAISES = _rule("CHECK_RAISES", _twice, _check_raises)
CANNOT_BE_DRAWN = _rule("CANNOT_BE_DRAWN", _twice, plans=_undrawable)
FILLS_THE_JOURNAL = _rule("FILLS_THE_JOURNAL", _fill_the_journal)
FILLS_A_WORKERS_JOURNAL = _rule("FILLS_A_WORKERS_JOURNAL", _fill_a_workers_journal, _always_right)
FAILS_NOW_AND_THEN = _rule(
    "FAILS_NOW_AND_THEN", _every_other_time, stochastic=True, repeats=4, plans=_one
)
RAISES = _rule("RAISES", _raise)
RECORDS_NOTHING = _rule("RECORDS_NOTHING", _nothing)
CANNOT_TELL = _rule("CANNOT_TELL", _twice, _cannot_tell)
HAS_ONE_PLAN = _rule("HAS_ONE_PLAN", _twice, plans=_one)
HAS_ONE_PLAN_AND_SAYS_SO = _rule("HAS_ONE_PLAN_AND_SAYS_SO", _twice, plans=_one, all_plans=1)
NEEDS_THE_IMPOSSIBLE = _rule("NEEDS_THE_IMPOSSIBLE", _twice, needs=frozenset({"levitation"}))
OPTIONAL_AND_BROKEN = _rule("OPTIONAL_AND_BROKEN", _twice, _no_more_than_99, level=Level.MAY)
AFTER_A_BROKEN_ONE = _rule("AFTER_A_BROKEN_ONE", _twice, after=(SHRINKS.id,))
