"""Parents, children, and children of children."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator
from itertools import product
from typing import TYPE_CHECKING, Any

from poolproof.checkers.accounting import account
from poolproof.checkers.judging import judge
from poolproof.children import child, owned, run_to_end
from poolproof.gate import Gate
from poolproof.history import History, Kind
from poolproof.plan import Plan
from poolproof.rule import Kind as Driver
from poolproof.rule import Level, Rule
from poolproof.stage.api import Stage
from poolproof.tasks_start import grow, name_parent
from poolproof.verdict import Judgement

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


def _parent_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return st.fixed_dictionaries({"daemon": st.booleans(), "named": st.booleans()})


def _run_parent(plan: Plan, stage: Stage) -> None:
    options: dict[str, Any] = {"name": "a child"} if plan["named"] else {}
    with Gate() as gate:
        address = gate.address
        process = child(stage, name_parent, stage.folder, address, daemon=plan["daemon"], **options)
        with owned([process]):
            process.start()
            gate.admit()[0].release()
            process.join()
    me = multiprocessing.current_process()
    stage.note("caller", {"pid": os.getpid(), "name": me.name, "alive": True})


def _check_parent(_plan: Plan, history: History) -> Judgement:
    return judge(_parent_problems(history), missing=_untold(history))


def _untold(history: History) -> str:
    told = history.of("child", Kind.OK) and history.facts("caller")
    return "" if told else "the child did not name its parent"


def _parent_problems(history: History) -> Iterator[str]:
    for event in history.of("child", Kind.OK):
        if "pid" not in event.value:
            yield "parent_process() is None in a child, expected its caller"
            continue
        for what, value in (history.fact("caller") or {}).items():
            if event.value[what] != value:
                yield f"the {what} of parent_process() is {event.value[what]!r}, expected {value!r}"


PARENT = Rule(
    id="START-04",
    title="parent_process() is the process that called start()",
    level=Level.MUST,
    kind=Driver.CONTEXT,
    demands=(
        "In the child, multiprocessing.parent_process() has the pid and name of the caller of "
        "start(), and is alive while that waits."
    ),
    source="https://docs.python.org/3/library/multiprocessing.html#multiprocessing.parent_process",
    triage=("Is it told by the caller, or taken from a process in between?",),
    plans=_parent_plans,
    run=_run_parent,
    check=_check_parent,
    all_plans=4,
)


def _check_getppid(_plan: Plan, history: History) -> Judgement:
    return judge(_getppid_problems(history), missing=_untold(history))


def _getppid_problems(history: History) -> Iterator[str]:
    caller = history.fact("caller") or {}
    for event in history.of("child", Kind.OK):
        if event.value["getppid"] != caller.get("pid"):
            yield "os.getppid() in the child is not the pid of the caller of start()"


GETPPID = Rule(
    id="START-10",
    title="os.getppid() in the child is the caller of start()",
    level=Level.MAY,  # a fork server is the parent of its children, and the system says so
    kind=Driver.CONTEXT,
    demands=(
        "os.getppid() answers the caller's pid. It is what programs watch to learn of their "
        "caller's death, PyTorch's DataLoader among them. Where a server forks the child, the "
        "system answers the server's pid; the standard library leaves it so."
    ),
    source="https://docs.python.org/3/library/os.html#os.getppid",
    triage=("Does the child's program use getppid() to see its caller's death?",),
    plans=_parent_plans,
    run=_run_parent,
    check=_check_getppid,
    all_plans=4,
)


def _tree_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    # children at each level below the first process
    shapes = [[1], [2], [1, 1], [2, 1], [1, 2]]
    return st.fixed_dictionaries({"shape": st.sampled_from(shapes)})


def _run_tree(plan: Plan, stage: Stage) -> None:
    context: Any = stage.context
    make = context.Process  # a class that its own instances need importable in the child
    (code,) = run_to_end(child(stage, grow, stage.folder, make, [], plan["shape"]))
    stage.note("exitcode", code)
    stage.note("caller", os.getpid())


def _check_tree(plan: Plan, history: History) -> Judgement:
    missing = "" if history.facts("caller") else "the first process was not joined"
    return judge(_tree_problems(plan, history) if not missing else (), missing=missing)


def _tree_problems(plan: Plan, history: History) -> Iterator[str]:
    shape = plan["shape"]
    nodes = [
        path for depth in range(len(shape) + 1) for path in product(*map(range, shape[:depth]))
    ]
    runs = history.of("node", Kind.OK)
    yield from account(nodes, (e.key for e in runs)).complaints("process of the tree", "ran")
    pids = {e.key: e.value["pid"] for e in runs}
    for event in runs:
        above = pids[event.key[:-1]] if event.key else history.fact("caller")
        if event.value["parent"] != above:
            yield (
                f"parent_process() of process {event.key} has pid {event.value['parent']}, "
                f"expected {above}, which called start()"
            )
    if history.fact("exitcode") != 0:
        yield f"the first process of the tree has exit code {history.fact('exitcode')}, expected 0"


TREE = Rule(
    id="START-07",
    title="A child can start children",
    level=Level.MUST,
    kind=Driver.CONTEXT,
    demands=(
        "A child that is not daemonic starts children of its own, by the same start method, and "
        "those do too. Every one of them runs once, and each has the one that started it for its "
        "parent."
    ),
    source="https://docs.python.org/3/library/multiprocessing.html#multiprocessing.Process.daemon",
    triage=(
        "Does a child know the server, or start its own?",
        "Is the start method known by name in the child before it is set?",
    ),
    plans=_tree_plans,
    run=_run_tree,
    check=_check_tree,
    all_plans=5,
)

RULES = (PARENT, TREE, GETPPID)
