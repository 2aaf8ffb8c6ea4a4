"""What a child finds around it: the caller's environment, folder, path and arguments."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from poolproof.checkers.judging import judge
from poolproof.children import child, run_to_end
from poolproof.history import History, Kind
from poolproof.plan import JSON, Plan
from poolproof.rule import Kind as Driver
from poolproof.rule import Level, Rule
from poolproof.rules.start.looking import bear_a_server, nobody_looked
from poolproof.stage.api import Stage
from poolproof.tasks_start import look_around
from poolproof.verdict import Judgement

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

# Upper case: on Windows the names of variables have no case.
_NAMES = ("POOLPROOF_A", "POOLPROOF_B", "POOLPROOF_C")


def _environ_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    # not empty: on Windows that removes the variable
    value = st.none() | st.text("abcXYZ019 =;:/\\'\"%$", min_size=1, max_size=20)
    settings = st.fixed_dictionaries({}, optional=dict.fromkeys(_NAMES, value))
    return st.fixed_dictionaries({"before": settings, "after": settings})


def _run_environ(plan: Plan, stage: Stage) -> None:
    with _environ(plan["before"]):
        bear_a_server(stage)
        with _environ(plan["after"]):
            run_to_end(child(stage, look_around, stage.folder, list(_NAMES)))
            stage.note("caller", {name: os.environ.get(name) for name in _NAMES})


@contextmanager
def _environ(variables: Mapping[str, str | None]) -> Iterator[None]:
    """Set variables, or remove those that are None, for a while."""
    kept = {name: os.environ.get(name) for name in variables}
    _set(variables)
    try:
        yield
    finally:
        _set(kept)


def _set(variables: Mapping[str, str | None]) -> None:
    for name, value in variables.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def _check_environ(_plan: Plan, history: History) -> Judgement:
    return judge(_environ_problems(history), missing=nobody_looked(history))


def _environ_problems(history: History) -> Iterator[str]:
    expected = history.fact("caller") or {}
    for event in history.of("child", Kind.OK):
        for name, value in expected.items():
            seen = event.value["environ"][name]
            if seen != value:
                yield (
                    f"os.environ[{name!r}] is {value!r} in the caller at start() "
                    f"and {seen!r} in the child"
                )


ENVIRON = Rule(
    id="START-03",
    title="The child sees the caller's os.environ as it is at start()",
    level=Level.SHOULD,
    kind=Driver.CONTEXT,
    demands=(
        "Variables are set, changed and removed after a first child has run. The next child finds "
        "them as the caller has them at start(), and not as they were when a server was born."
    ),
    source="https://github.com/ezmsg-org/ezmsg/issues/264",
    triage=("Whose environment does the child start from: the caller's, or a server's?",),
    plans=_environ_plans,
    run=_run_environ,
    check=_check_environ,
)


def _place_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    words = st.text("abcdefgh-=/.é", min_size=1, max_size=12)
    return st.fixed_dictionaries(
        {
            "cwd": st.booleans(),
            "path": st.lists(words, max_size=2),
            "argv": st.none() | st.lists(words, max_size=3),
        }
    )


def _run_place(plan: Plan, stage: Stage) -> None:
    bear_a_server(stage)
    with _place(plan, stage):
        run_to_end(child(stage, look_around, stage.folder, []))
        stage.note("caller", {"cwd": os.getcwd(), "path": list(sys.path), "argv": list(sys.argv)})


@contextmanager
def _place(plan: Plan, stage: Stage) -> Iterator[None]:
    cwd, path, argv = os.getcwd(), list(sys.path), list(sys.argv)
    if plan["cwd"]:
        os.chdir(stage.folder)
    sys.path += [str(Path(stage.folder, "not there", name)) for name in plan["path"]]
    if plan["argv"] is not None:
        sys.argv[1:] = plan["argv"]
    try:
        yield
    finally:
        os.chdir(cwd)
        sys.path[:], sys.argv[:] = path, argv


def _check_place(_plan: Plan, history: History) -> Judgement:
    return judge(_place_problems(history), missing=nobody_looked(history))


def _place_problems(history: History) -> Iterator[str]:
    names = {"cwd": "the current folder", "path": "sys.path", "argv": "sys.argv"}
    expected = history.fact("caller") or {}
    for event in history.of("child", Kind.OK):
        for what, value in expected.items():
            seen = event.value[what]
            if not _same(value, seen):
                yield f"{names[what]} is {value} in the caller at start() and {seen} in the child"


def _same(caller: JSON, child: JSON) -> bool:
    # An empty entry of sys.path arrives as the folder it stands for (get_preparation_data).
    if isinstance(caller, list) and len(caller) == len(child):
        return all(mine in ("", theirs) for mine, theirs in zip(caller, child, strict=True))
    return bool(caller == child)


PLACE = Rule(
    id="START-09",
    title="The child has the caller's current folder, sys.path and sys.argv",
    level=Level.MUST,
    kind=Driver.CONTEXT,
    demands=(
        "The caller changes its folder, adds to sys.path and changes sys.argv after a first child "
        "has run. The next child has them as they are at start(): it can open and import what its "
        "caller can."
    ),
    source="https://github.com/python/cpython/blob/3.13/Lib/multiprocessing/spawn.py",
    triage=("Is the preparation data taken at start(), or once?",),
    plans=_place_plans,
    run=_run_place,
    check=_check_place,
)

RULES = (ENVIRON, PLACE)
