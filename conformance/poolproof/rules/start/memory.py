"""Memory that a child is given to share with its caller: mapped, or kept by a manager."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from poolproof.checkers.judging import judge
from poolproof.children import child, run_to_end
from poolproof.history import History, Kind
from poolproof.plan import JSON, Plan
from poolproof.rule import Kind as Driver
from poolproof.rule import Level, Rule
from poolproof.stage.api import Stage
from poolproof.tasks_start_sharing import fill, numbers, rewrite
from poolproof.verdict import Judgement

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

_DOCS = "https://docs.python.org/3/library/multiprocessing.html"


def _cell_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    values = {"d": st.floats(allow_nan=False, allow_infinity=False), "b": st.integers(-128, 127)}
    values |= dict.fromkeys("hiqf", st.integers(-(2**15), 2**15 - 1))
    values |= dict.fromkeys("BHILQ", st.integers(0, 255))

    @st.composite
    def cells(draw: Any) -> JSON:
        kind = draw(st.sampled_from(["Value", "RawValue", "Array", "RawArray"]))
        code = draw(st.sampled_from(sorted(values)))
        size = draw(st.integers(1, 6)) if "Array" in kind else 1
        content = st.lists(values[code], min_size=size, max_size=size)
        return {"kind": kind, "code": code, "before": draw(content), "after": draw(content)}

    return st.fixed_dictionaries({"cells": st.lists(cells(), min_size=1, max_size=4)})


def _run_cells(plan: Plan, stage: Stage) -> None:
    cells = [_cell(stage.context, spec) for spec in plan["cells"]]
    new = [spec["after"] for spec in plan["cells"]]
    run_to_end(child(stage, rewrite, stage.folder, cells, new))
    for place, cell in enumerate(cells):
        stage.note("caller", numbers(cell), place)


def _cell(context: Any, spec: dict[str, JSON]) -> Any:
    make, before = getattr(context, spec["kind"]), spec["before"]
    return make(spec["code"], before if "Array" in spec["kind"] else before[0])


def _check_cells(plan: Plan, history: History) -> Judgement:
    seen = len(history.of("caller", Kind.INFO))
    missing = "" if seen == len(plan["cells"]) else "the caller did not look at all of the memory"
    return judge(_cell_problems(plan, history) if not missing else (), missing=missing)


def _cell_problems(plan: Plan, history: History) -> Iterator[str]:
    childs = history.ok("child")
    callers = {event.key: event.value for event in history.of("caller", Kind.INFO)}
    for place, spec in enumerate(plan["cells"]):
        name = f"{spec['kind']}({spec['code']!r})"
        if (seen := childs.get(place, "nothing")) != spec["before"]:
            yield f"the child found {seen} in a {name} that holds {spec['before']}"
        if callers[place] != spec["after"]:
            yield f"the child wrote {spec['after']} into a {name}, the caller sees {callers[place]}"


CELLS = Rule(
    id="START-40",
    title="Value and Array as arguments of a Process are one memory on both sides",
    level=Level.MUST,
    kind=Driver.CONTEXT,
    demands=(
        "Several of Value, Array, RawValue and RawArray, of all number types, are made before the "
        "child. It finds what the caller put there, and the caller finds what it wrote."
    ),
    source=_DOCS + "#shared-ctypes-objects",
    triage=(
        "Does the child map the caller's segment, or get a copy?",
        "Does the segment live until the child has attached to it?",
    ),
    plans=_cell_plans,
    run=_run_cells,
    check=_check_cells,
)


def _manager_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    values = st.lists(st.integers(0, 99), unique=True, min_size=1, max_size=3)
    return st.fixed_dictionaries({"children": st.lists(values, min_size=1, max_size=2)})


def _run_manager(plan: Plan, stage: Stage) -> None:
    context: Any = stage.context
    before = _pids(context)
    with context.Manager() as manager:
        shared = manager.dict(), manager.list(), manager.Namespace()
        for values in plan["children"]:
            run_to_end(child(stage, fill, *shared, values))
            stage.note("total", getattr(shared[2], "total", None))
        stage.note("dict", sorted(shared[0].items()))
        stage.note("list", list(shared[1]))
    stage.note("left", len(_pids(context) - before))


def _pids(context: Any) -> set[int]:
    return {process.pid for process in context.active_children()}


def _check_manager(plan: Plan, history: History) -> Judgement:
    missing = "" if history.facts("left") else "the manager was not seen to end"
    return judge(_manager_problems(plan, history) if not missing else (), missing=missing)


def _manager_problems(plan: Plan, history: History) -> Iterator[str]:
    written = [value for values in plan["children"] for value in values]
    expected = {
        "dict": sorted([str(value), value] for value in set(written)),
        "list": written,
        "left": 0,
    }
    for what, value in expected.items():
        if (seen := history.fact(what)) != value:
            name = "the number of processes left" if what == "left" else f"the manager's {what}"
            yield f"{name} is {seen}, expected {value}"
    totals = [sum(values) for values in plan["children"]]
    if (seen := history.facts("total")) != totals:
        yield f"the attributes that children set in the manager's Namespace are {seen} ({totals})"


MANAGER = Rule(
    id="START-39",
    title="A manager of the context serves caller and children, and ends",
    level=Level.MUST,
    kind=Driver.CONTEXT,
    after=("START-11",),
    demands=(
        "Children write into the dict, list and Namespace of context.Manager(), and the caller "
        "finds all of it. After the with block the manager's process is gone."
    ),
    source=_DOCS + "#managers",
    triage=(
        "Can a child connect to the manager: has it address and authkey?",
        "Does the manager's process hear that it should end?",
    ),
    plans=_manager_plans,
    run=_run_manager,
    check=_check_manager,
)

RULES = (CELLS, MANAGER)
