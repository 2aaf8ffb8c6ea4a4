"""What multiprocessing knows in a child: key, start method, log level; and random numbers."""

from __future__ import annotations

import multiprocessing
import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from poolproof.checkers.accounting import account
from poolproof.checkers.judging import judge
from poolproof.children import child, run_to_end
from poolproof.history import History, Kind
from poolproof.plan import Plan
from poolproof.rule import Kind as Driver
from poolproof.rule import Level, Rule
from poolproof.rules.start.looking import bear_a_server, same_as_caller, send_to_look
from poolproof.stage.api import Stage
from poolproof.tasks_start_settings import (
    key,
    log_level,
    tell_key,
    tell_log_level,
    tell_method,
    throw,
)
from poolproof.verdict import Judgement

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

_DOCS = "https://docs.python.org/3/library/multiprocessing.html"
_METHODS = multiprocessing.get_all_start_methods()


def _key_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    keys = st.none() | st.binary(min_size=1, max_size=40).map(bytes.hex)
    return st.fixed_dictionaries({"key": keys, "generations": st.integers(1, 2)})


def _run_key(plan: Plan, stage: Stage) -> None:
    bear_a_server(stage)
    me = multiprocessing.current_process()
    before = me.authkey
    context: Any = stage.context
    try:
        if plan["key"] is not None:
            me.authkey = bytes.fromhex(plan["key"])
        send_to_look(stage, tell_key, key(), context.Process, plan["generations"])
    finally:
        me.authkey = before


KEY = Rule(
    id="START-11",
    title="A child has its parent's authkey",
    level=Level.MUST,
    kind=Driver.CONTEXT,
    demands=(
        "The authkey of a process is its parent's, also where the program has set another one "
        "after a first child has run, and in the child's own children. Managers and connections "
        "between processes of a program rest on it. (The journal has a hash of it.)"
    ),
    source=_DOCS + "#multiprocessing.Process.authkey",
    triage=("Is the key part of what is sent at start(), or a server's?",),
    plans=_key_plans,
    run=_run_key,
    check=same_as_caller(authkey="the hash of authkey"),
)


def _method_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return st.fixed_dictionaries(
        {"callers_default": st.sampled_from(_METHODS), "generations": st.integers(1, 2)}
    )


def _run_method(plan: Plan, stage: Stage) -> None:
    with _default_method(plan["callers_default"]):
        expected = {"method": stage.start_method}
        send_to_look(stage, tell_method, expected, plan["generations"])


@contextmanager
def _default_method(name: str) -> Iterator[None]:
    """`name` is the default start method of this process for a while."""
    before = multiprocessing.get_start_method(allow_none=True)
    multiprocessing.set_start_method(name, force=True)
    try:
        yield
    finally:
        multiprocessing.set_start_method(before, force=True)


METHOD = Rule(
    id="START-25",
    title="A child starts its own children, by default, the way it was started",
    level=Level.SHOULD,
    kind=Driver.CONTEXT,
    after=("START-07",),
    demands=(
        "In a child of a context multiprocessing.get_start_method() is that of the context, and "
        "not the caller's default: a library in it that asks for a plain multiprocessing.Process "
        "gets one of the same kind."
    ),
    source="https://github.com/python/cpython/blob/3.13/Lib/multiprocessing/process.py",
    triage=("Is the method known by its name in the child, and set before the target runs?",),
    plans=_method_plans,
    run=_run_method,
    check=same_as_caller(method="the start method"),
    all_plans=2 * len(_METHODS),
)


def _level_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return st.fixed_dictionaries({"level": st.integers(1, 60)})


def _run_level(plan: Plan, stage: Stage) -> None:
    bear_a_server(stage)
    logger = multiprocessing.get_logger()
    before = logger.level
    logger.setLevel(plan["level"])
    try:
        send_to_look(stage, tell_log_level, log_level())
    finally:
        logger.setLevel(before)


LEVEL = Rule(
    id="START-33",
    title="A child logs from the level of its caller",
    level=Level.MUST,
    kind=Driver.CONTEXT,
    demands=(
        "The level of multiprocessing.get_logger() is changed after a first child has run. The "
        "next child has it. (Handlers are another matter, as the documentation says.)"
    ),
    source=_DOCS + "#logging",
    triage=("Is the level part of what is sent at start()?",),
    plans=_level_plans,
    run=_run_level,
    check=same_as_caller(level="the level of multiprocessing's logger"),
)


def _dice_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return st.fixed_dictionaries(
        {
            "seed": st.none() | st.integers(0, 2**32),  # of the caller, before start()
            "children": st.integers(2, 3),
            "together": st.booleans(),
        }
    )


def _run_dice(plan: Plan, stage: Stage) -> None:
    state = random.getstate()
    try:
        if plan["seed"] is not None:
            random.seed(plan["seed"])
        children = [child(stage, throw, stage.folder, n) for n in range(plan["children"])]
        for batch in [children] if plan["together"] else [[one] for one in children]:
            run_to_end(*batch)
        throw(stage.folder, "caller")
    finally:
        random.setstate(state)


def _check_dice(plan: Plan, history: History) -> Judgement:
    missing = "" if "caller" in history.ok("numbers") else "the children were not joined"
    return judge(_dice_problems(plan, history) if not missing else (), missing=missing)


def _dice_problems(plan: Plan, history: History) -> Iterator[str]:
    who = ["caller", *range(plan["children"])]
    thrown = history.of("numbers", Kind.OK)
    yield from account(who, (e.key for e in thrown)).complaints("process", "threw")
    seen: dict[tuple[int, ...], object] = {}
    for event in thrown:
        other = seen.setdefault(tuple(event.value), event.key)
        if other != event.key:
            yield f"{event.key} and {other} drew the same random numbers: {event.value}"


DICE = Rule(
    id="START-26",
    title="No two processes draw the same random numbers",
    level=Level.SHOULD,
    kind=Driver.CONTEXT,
    demands=(
        "Several children and their caller draw from the module random, which the caller may have "
        "seeded before. Each of them gets numbers of its own."
    ),
    source="https://bugs.python.org/issue16500",
    triage=("Is the generator's state copied from the caller, or from a template?",),
    plans=_dice_plans,
    run=_run_dice,
    check=_check_dice,
)

RULES = (KEY, METHOD, LEVEL, DICE)
