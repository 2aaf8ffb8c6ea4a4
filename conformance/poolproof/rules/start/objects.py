"""Process objects as their caller holds them: which run, which has ended, what they refuse."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from typing import TYPE_CHECKING, Any

from poolproof.checkers.judging import judge, unfinished
from poolproof.children import child, owned, run_to_end
from poolproof.gate import Gate, Visitor
from poolproof.history import History, Kind
from poolproof.plan import JSON, Plan
from poolproof.rule import Kind as Driver
from poolproof.rule import Level, Rule
from poolproof.stage.api import Stage
from poolproof.tasks_start import stay
from poolproof.tasks_start_ends import end_oddly, try_to_start
from poolproof.verdict import Judgement

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

_DOCS = "https://docs.python.org/3/library/multiprocessing.html"
_PROCESS = _DOCS + "#multiprocessing.Process"


@contextmanager
def _waiting(stage: Stage, daemons: list[bool]) -> Iterator[list[tuple[BaseProcess, Visitor]]]:
    """Children that run until their visitor is released."""
    with Gate() as gate:
        processes = [child(stage, stay, gate.address, daemon=daemon) for daemon in daemons]
        with owned(processes):
            for process in processes:
                process.start()
            visitors = {visitor.pid: visitor for visitor in gate.admit(len(processes))}
            yield [(process, visitors[process.pid or 0]) for process in processes]


def _order_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    def of(children: int) -> SearchStrategy[Plan]:
        daemons = st.lists(st.booleans(), min_size=children, max_size=children)
        order = st.permutations(list(range(children))).map(list)
        return st.fixed_dictionaries({"daemons": daemons, "order": order})

    return st.integers(1, 3).flatmap(of)


def _run_active(plan: Plan, stage: Stage) -> None:
    context: Any = stage.context
    others = {process.pid for process in context.active_children()}

    def note_active() -> None:
        pids = [process.pid for process in context.active_children() if process.pid not in others]
        ours = [process.pid for process, _ in children]
        stage.note("active", sorted(ours.index(pid) if pid in ours else -1 for pid in pids))

    with _waiting(stage, plan["daemons"]) as children:
        note_active()
        for number in plan["order"]:
            process, visitor = children[number]
            visitor.release()
            process.join()
            note_active()


def _check_active(plan: Plan, history: History) -> Judgement:
    seen = len(history.facts("active"))
    missing = "" if seen == len(plan["order"]) + 1 else "not all children were seen to end"
    return judge(_active_problems(plan, history), missing=missing)


def _active_problems(plan: Plan, history: History) -> Iterator[str]:
    order = plan["order"]
    for ended, seen in enumerate(history.facts("active")):
        expected = sorted(order[ended:])
        if seen != expected:
            yield (
                f"children {expected} run, and active_children() lists {seen} "
                "(-1 is one that nobody started)"
            )


ACTIVE = Rule(
    id="START-23",
    title="active_children() lists the children that run, and nothing else",
    level=Level.MUST,
    kind=Driver.CONTEXT,
    demands=(
        "Some children are started, daemonic or not, and end one after the other. At each step "
        "active_children() lists those that still run: none too few, none that has ended, and no "
        "helper or spare of the context."
    ),
    source=_DOCS + "#multiprocessing.active_children",
    triage=("Are the context's own helpers registered as children?",),
    plans=_order_plans,
    run=_run_active,
    check=_check_active,
)


def _run_sentinels(plan: Plan, stage: Stage) -> None:
    with _waiting(stage, plan["daemons"]) as children:
        sentinels = [process.sentinel for process, _ in children]
        left = list(range(len(children)))

        def note_ready(timeout: float | None) -> None:
            ready = wait([sentinels[n] for n in left], timeout)
            stage.note("ready", [n for n in left if sentinels[n] in ready])

        note_ready(0)
        for number in plan["order"]:
            children[number][1].release()
            note_ready(None)
            children[number][0].join()
            left.remove(number)


def _check_sentinels(plan: Plan, history: History) -> Judgement:
    seen = len(history.facts("ready"))
    missing = "" if seen == len(plan["order"]) + 1 else "not all children were seen to end"
    return judge(_sentinel_problems(plan, history), missing=missing)


def _sentinel_problems(plan: Plan, history: History) -> Iterator[str]:
    expected: list[list[int]] = [[], *([number] for number in plan["order"])]
    for ended, seen in zip(expected, history.facts("ready"), strict=False):
        if seen != ended:
            yield f"children {ended} have just ended, and the sentinels of {seen} are ready"


SENTINELS = Rule(
    id="START-28",
    title="multiprocessing.connection.wait() on many sentinels tells which child has ended",
    level=Level.MUST,
    kind=Driver.CONTEXT,
    after=("START-06",),
    demands=(
        "Several children run, and their caller waits for all of their sentinels at once. None is "
        "ready at first; whenever one child ends, its sentinel alone becomes ready."
    ),
    source=_PROCESS + ".sentinel",
    triage=("Does a sibling hold the far end of a sentinel?", "Do two share a sentinel?"),
    plans=_order_plans,
    run=_run_sentinels,
    check=_check_sentinels,
)

# The library of the embeddable Python for Windows has no assertions, on which these rest.
_ASSERTED = {"join before start", "start twice", "start after the end", "a child of a daemon"}
_ASSERTS = "cannot start a process twice" in BaseProcess.start.__code__.co_consts
# misuse -> (state of the process, what is done, the error that the documentation names)
_MISUSES: dict[str, tuple[str, Callable[[Any], object], str]] = {
    "join before start": ("new", lambda p: p.join(), ""),
    "start twice": ("running", lambda p: p.start(), ""),
    "close while running": ("running", lambda p: p.close(), "ValueError"),
    "start after the end": ("ended", lambda p: p.start(), ""),
    "is_alive after close": ("closed", lambda p: p.is_alive(), "ValueError"),
    "join after close": ("closed", lambda p: p.join(), "ValueError"),
    "terminate after close": ("closed", lambda p: p.terminate(), "ValueError"),
    "exitcode after close": ("closed", lambda p: p.exitcode, "ValueError"),
    "sentinel after close": ("closed", lambda p: p.sentinel, "ValueError"),
    "a child of a daemon": ("", lambda p: None, ""),
}
_SEEN_HERE = sorted(_MISUSES if _ASSERTS else _MISUSES.keys() - _ASSERTED)


def _misuse_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return st.fixed_dictionaries({"misuse": st.sampled_from(_SEEN_HERE)})


def _run_misuse(plan: Plan, stage: Stage) -> None:
    when, do, _ = _MISUSES[plan["misuse"]]
    context: Any = stage.context

    def misuse_if(state: str) -> None:
        if state == when:
            stage.call("misuse", lambda: do(process), show=lambda _: None)

    if not when:
        process = child(stage, try_to_start, stage.folder, context.Process, daemon=True)
        stage.note("exitcode", run_to_end(process)[0])
        return
    with Gate() as gate:
        process = child(stage, stay, gate.address)
        with owned([process]):
            misuse_if("new")
            process.start()
            (visitor,) = gate.admit()
            misuse_if("running")
            visitor.release()
            process.join()
            misuse_if("ended")
            stage.note("exitcode", process.exitcode)
    process.close()
    misuse_if("closed")


def _check_misuse(plan: Plan, history: History) -> Judgement:
    seen = history.facts("exitcode") and history.of("misuse")
    missing = unfinished(history) if seen else "nothing was misused, or the process not joined"
    return judge(_misuse_problems(plan, history), missing=missing)


def _misuse_problems(plan: Plan, history: History) -> Iterator[str]:
    misuse = plan["misuse"]
    named = _MISUSES[misuse][2]
    for event in history.of("misuse"):
        if event.kind is Kind.OK:
            yield f"{misuse}: no error, expected {named or 'one'}"
        elif event.kind is Kind.FAIL and not event.value["type"].endswith(named):
            yield f"{misuse}: raised {event.value['type']}, expected {named}"
    for code in history.facts("exitcode"):
        if code != 0:
            yield f"{misuse}: the child then has exit code {code}, expected 0"


MISUSED = Rule(
    id="START-29",
    title="A process object refuses what makes no sense, and is not harmed by it",
    level=Level.MUST,
    kind=Driver.CONTEXT,
    demands=(
        "join() before start(), a second start(), close() while the child runs (ValueError), any "
        "use after close() (ValueError), and children of a daemonic process are errors. The child "
        "goes on and ends well. (What CPython asserts is asked only where its library asserts.)"
    ),
    source=_PROCESS + ".close",
    triage=("Is the state of the object checked before anything is done?",),
    plans=_misuse_plans,
    run=_run_misuse,
    check=_check_misuse,
    all_plans=len(_SEEN_HERE),
)

# (how, value, exit code); beyond a byte and below 0 each system has its own rule
_ENDINGS: list[tuple[str, JSON, int]] = [
    *(("sys.exit", flag, int(flag)) for flag in (True, False)),
    *(("sys.exit", value, 1) for value in ([], [0], {"a": 0}, 0.0, 2.5)),
    ("SystemExit", [], 0),
    ("SystemExit", [0, 0], 1),
    *(("raise", name, 1) for name in ("GeneratorExit", "KeyboardInterrupt")),
    ("os._exit in a thread", 7, 7),
    ("sys.exit in a thread", 7, 0),
    *(
        ("sys.exit", number, number & 0xFF)
        for number in (-1, -256, 256, 257, 511, 1000)
        if os.name == "posix"
    ),
]


def _ending_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    endings = [{"how": how, "value": value, "code": code} for how, value, code in _ENDINGS]
    return st.sampled_from(endings)


def _run_ending(plan: Plan, stage: Stage) -> None:
    stage.note("exitcode", run_to_end(child(stage, end_oddly, plan["how"], plan["value"]))[0])


def _check_ending(plan: Plan, history: History) -> Judgement:
    missing = "" if history.facts("exitcode") else "the process was not joined"
    return judge(_ending_problems(plan, history), missing=missing)


def _ending_problems(plan: Plan, history: History) -> Iterator[str]:
    for code in history.facts("exitcode"):
        if code != plan["code"]:
            yield (
                f"a child that ended by {plan['how']}({plan['value']!r}) has exit code {code}, "
                f"not {plan['code']}"
            )


ENDINGS = Rule(
    id="START-36",
    title="exitcode is that of a program which ends so, however odd the end",
    level=Level.MUST,
    kind=Driver.CONTEXT,
    after=("START-02",),
    demands=(
        "sys.exit() with a bool, a list, a float; SystemExit with two arguments; exceptions that "
        "are no Exception; os._exit() and sys.exit() in a thread; on POSIX numbers that do not fit "
        "a byte: the exit code is what the same end of a program gives."
    ),
    source="https://docs.python.org/3/library/exceptions.html#SystemExit",
    triage=("Is the exit code cut to what the system takes, the same way everywhere?",),
    plans=_ending_plans,
    run=_run_ending,
    check=_check_ending,
    all_plans=len(_ENDINGS),
)

RULES = (ACTIVE, SENTINELS, MISUSED, ENDINGS)
