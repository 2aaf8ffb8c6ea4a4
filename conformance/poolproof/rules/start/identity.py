"""What a child is: its arguments, its name, its own state."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

from poolproof import tasks_start
from poolproof.checkers.accounting import account
from poolproof.checkers.judging import judge
from poolproof.children import child, owned, run_to_end
from poolproof.history import History, Kind
from poolproof.plan import JSON, Plan
from poolproof.rule import Kind as Driver
from poolproof.rule import Level, Rule
from poolproof.stage.api import Stage
from poolproof.tasks_start import introduce, touch
from poolproof.verdict import Judgement

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

_PROCESS = "https://docs.python.org/3/library/multiprocessing.html#multiprocessing.Process"
_METHODS = "https://docs.python.org/3/library/multiprocessing.html#contexts-and-start-methods"


def _who_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    # no lone surrogates, no control characters: a name is for people
    text = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20)
    value = st.one_of(st.none(), st.booleans(), st.integers(-(2**70), 2**70), text)
    return st.fixed_dictionaries(
        {
            "args": st.lists(st.one_of(value, st.lists(value, max_size=3)), max_size=4),
            "kwargs": st.dictionaries(st.sampled_from(["a", "b", "c"]), value, max_size=3),
            "name": st.none() | text.filter(bool),
            "daemon": st.none() | st.booleans(),
        }
    )


def _run_who(plan: Plan, stage: Stage) -> None:
    given = {"name": plan["name"], "daemon": plan["daemon"]}
    options = {key: value for key, value in given.items() if value is not None}
    process = child(
        stage, introduce, stage.folder, 0, *plan["args"], kwargs=plan["kwargs"], **options
    )
    (code,) = run_to_end(process)
    stage.note("process", {"pid": process.pid, "name": process.name, "exitcode": code})
    stage.note("caller", os.getpid())


def _check_who(plan: Plan, history: History) -> Judgement:
    missing = "" if history.facts("caller") else "the process was not joined"
    return judge(_who_problems(plan, history) if not missing else (), missing=missing)


def _who_problems(plan: Plan, history: History) -> Iterator[str]:
    process = history.fact("process")
    runs = history.of("child", Kind.OK)
    if len(runs) != 1:
        yield (
            f"the target ran {len(runs)} times, expected once "
            f"(the process's exit code is {process['exitcode']})"
        )
        return
    seen: dict[str, JSON] = runs[0].value
    if seen["pid"] == history.fact("caller"):
        yield "the target ran in the process that called start()"
    expected = {
        "pid": process["pid"],
        "name": process["name"] if plan["name"] is None else plan["name"],
        "daemon": bool(plan["daemon"]),
        "args": plan["args"],
        "kwargs": plan["kwargs"],
    }
    for what, value in expected.items():
        if seen[what] != value:
            yield f"the child's {what} is {seen[what]!r}, expected {value!r}"


WHO = Rule(
    id="START-01",
    title="The target runs once, in another process, with its arguments, name and daemon flag",
    level=Level.MUST,
    kind=Driver.CONTEXT,
    demands=(
        "Process(target, args, kwargs, name, daemon), start() and join(): the target has run once, "
        "in the process whose pid start() reported, and finds there all that was given."
    ),
    source=_PROCESS,
    triage=(
        "Are name and daemon flag part of what is sent to the child?",
        "Does the pid belong to the child, or to a helper in between?",
    ),
    plans=_who_plans,
    run=_run_who,
    check=_check_who,
)


def _fresh_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return st.fixed_dictionaries({"children": st.integers(2, 4), "together": st.booleans()})


def _run_fresh(plan: Plan, stage: Stage) -> None:
    children = [child(stage, touch, stage.folder, n) for n in range(plan["children"])]
    batches = [children] if plan["together"] else [[one] for one in children]
    codes = [code for batch in batches for code in run_to_end(*batch)]
    stage.note("exitcodes", codes)
    stage.note("here", tasks_start.touched)


def _check_fresh(plan: Plan, history: History) -> Judgement:
    missing = "" if history.facts("here") else "the processes were not joined"
    return judge(_fresh_problems(plan, history) if not missing else (), missing=missing)


def _fresh_problems(plan: Plan, history: History) -> Iterator[str]:
    seen = history.ok("child")
    yield from account(range(plan["children"]), seen).complaints("child process", "ran")
    for key, value in seen.items():
        if value != 0:
            yield (
                f"child {key} found a module variable changed {value} time(s) before it ran; "
                "expected the state of a fresh module"
            )
    if history.fact("here") != 0:
        yield "a module variable changed in a child is changed in the process that started it"


FRESH = Rule(
    id="START-05",
    title="What one child changes in a module, no other process sees",
    level=Level.MUST,
    kind=Driver.CONTEXT,
    demands=(
        "Several children, one after the other or at the same time, read a module's variable and "
        "change it. Each finds it as the caller has it (which never changes it): no process serves "
        "two children, and the caller's own module is untouched."
    ),
    source=_METHODS,
    triage=("Is an interpreter used for a second process?",),
    plans=_fresh_plans,
    run=_run_fresh,
    check=_check_fresh,
    all_plans=6,
)


def _crowd_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return st.fixed_dictionaries({"threads": st.integers(2, 4), "each": st.integers(1, 2)})


def _run_crowd(plan: Plan, stage: Stage) -> None:
    keys = [[t, n] for t in range(plan["threads"]) for n in range(plan["each"])]
    processes = {tuple(key): child(stage, introduce, stage.folder, key, *key) for key in keys}
    together = threading.Barrier(plan["threads"])

    def starter(number: int) -> None:
        together.wait()
        for n in range(plan["each"]):
            stage.call("start", processes[number, n].start, [number, n])

    threads = [threading.Thread(target=starter, args=(t,)) for t in range(plan["threads"])]
    with owned(list(processes.values())):
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for process in processes.values():
            if process.pid is not None:
                process.join()
    stage.note("exitcodes", [process.exitcode for process in processes.values()])


def _check_crowd(plan: Plan, history: History) -> Judgement:
    missing = "" if history.facts("exitcodes") else "the processes were not joined"
    return judge(_crowd_problems(plan, history) if not missing else (), missing=missing)


def _crowd_problems(plan: Plan, history: History) -> Iterator[str]:
    for key, error in history.failures("start").items():
        yield f"start() of process {key} raised {error['type']}: {error['text']}"
    keys = [(t, n) for t in range(plan["threads"]) for n in range(plan["each"])]
    runs = history.of("child", Kind.OK)
    yield from account(keys, (e.key for e in runs)).complaints("process", "ran")
    for event in runs:
        if tuple(event.value["args"]) != event.key:
            yield f"process {event.key} got the arguments {event.value['args']}"
    for key, code in zip(keys, history.fact("exitcodes"), strict=True):
        if code != 0:
            yield f"process {key} has exit code {code}, expected 0"


CROWD = Rule(
    id="START-08",
    title="start() from several threads at once: each child runs once, with its own arguments",
    level=Level.MUST,
    kind=Driver.CONTEXT,
    demands=(
        "Several threads start processes at the same moment. Every start() returns, and every "
        "target has run once with the arguments of its own process."
    ),
    source=_PROCESS + ".start",
    triage=(
        "Is the connection to the server, or the hand-over of descriptors, shared by threads?",
        "Is a ready interpreter given to two callers?",
    ),
    plans=_crowd_plans,
    run=_run_crowd,
    check=_check_crowd,
    stochastic=True,
    all_plans=6,
)

RULES = (WHO, FRESH, CROWD)
