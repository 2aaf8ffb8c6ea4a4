"""How children and programs end: what a child still does, and what becomes of it at the end."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from poolproof.checkers.accounting import account
from poolproof.checkers.judging import judge, unfinished
from poolproof.children import child, owned
from poolproof.drivers import capabilities as can
from poolproof.gate import Gate, Visitor
from poolproof.history import History, Kind
from poolproof.plan import Plan
from poolproof.rule import Kind as Driver
from poolproof.rule import Level, Rule
from poolproof.rules.start.looking import differences, nobody_looked
from poolproof.stage.api import Stage
from poolproof.tasks_start_ends import leave_behind
from poolproof.verdict import Judgement

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

_DOCS = "https://docs.python.org/3/library/multiprocessing.html"
_PROGRAMS = "poolproof.tasks_start_programs"


def _left_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    things = st.sampled_from(["finalizer", "child", "thread"])
    return st.fixed_dictionaries(
        {
            "leaves": st.lists(things, unique=True, max_size=3).map(sorted),
            "items": st.integers(0, 20),
            "size": st.sampled_from([1, 1000, 65536, 200_000]),  # the last two exceed a pipe
            "ending": st.sampled_from(["return", "sys.exit", "raise"]),
        }
    )


def _run_left(plan: Plan, stage: Stage) -> None:
    context: Any = stage.context
    queue = context.Queue()
    process = child(stage, leave_behind, stage.folder, queue, context.Process, plan)

    def mark_the_end() -> None:
        process.join()
        queue.put(None)  # behind all that the child has put

    with owned([process]):
        process.start()
        marker = threading.Thread(target=mark_the_end)
        marker.start()
        got = [[number, len(text)] for number, text in iter(queue.get, None)]
        marker.join()
    stage.note("got", got)


def _check_left(plan: Plan, history: History) -> Judgement:
    missing = "" if history.facts("got") else "the child was not seen to end"
    return judge(_left_problems(plan, history) if not missing else (), missing=missing)


def _left_problems(plan: Plan, history: History) -> Iterator[str]:
    done = [event.key for event in history.of("finished", Kind.OK)]
    yield from account(plan["leaves"], done).complaints("leftover", "done")
    got = history.fact("got")
    if got != [[number, plan["size"]] for number in range(plan["items"])]:
        yield (
            f"a child put {plan['items']} items into a Queue and ended, and {len(got)} arrived: "
            f"{got[:5]}"
        )


LEFT = Rule(
    id="START-37",
    title="A child ends when all that it began is done",
    level=Level.MUST,
    kind=Driver.CONTEXT,
    after=("START-07",),
    demands=(
        "When its target returns, exits or raises, a child sends what it has put into a Queue, "
        "runs multiprocessing's exit functions, and waits for its threads and for its own "
        "children. Nothing of that is lost."
    ),
    source=_DOCS + "#multiprocessing.Queue.join_thread",
    triage=(
        "Does the child end by os._exit() before its exit functions have run?",
        "Is the process ended by something else as soon as the target has returned?",
    ),
    plans=_left_plans,
    run=_run_left,
    check=_check_left,
)


def _exit_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return st.fixed_dictionaries({"daemons": st.lists(st.booleans(), min_size=1, max_size=3)})


def _run_exit(plan: Plan, stage: Stage) -> None:
    with Gate() as gate:
        errand = {**plan, "address": list(gate.address)}
        with stage.program(f"{_PROGRAMS}:leave_children", errand) as program:
            visitors = {v.key: v for v in gate.admit(len(plan["daemons"]) + 1)}
            visitors["program"].release()
            for number, daemon in enumerate(plan["daemons"]):
                if daemon:
                    stage.call("end of daemon", partial(_await_end, visitors[number]), number)
            if not all(plan["daemons"]):
                stage.note("waits", program.poll() is None)
            for number, daemon in enumerate(plan["daemons"]):
                if not daemon:
                    visitors[number].release()
            stage.note("exitcode", program.wait())


def _await_end(visitor: Visitor) -> None:
    """Return once the visitor's process is gone, which was not released."""
    with contextlib.suppress(ConnectionError):
        visitor.channel.recv(1)


def _check_exit(plan: Plan, history: History) -> Judgement:
    missing = "" if history.facts("exitcode") else "the program was not seen to end"
    return judge(_exit_problems(plan, history) if not missing else (), missing=missing)


def _exit_problems(plan: Plan, history: History) -> Iterator[str]:
    finished = [event.key for event in history.of("finished", Kind.OK)]
    expected = [number for number, daemon in enumerate(plan["daemons"]) if not daemon]
    yield from account(expected, finished).complaints("child of an ended program", "finished")
    if history.fact("waits") is False:
        yield "the program ended before its children that are not daemonic"
    if history.fact("exitcode") != 0:
        yield f"the program has exit code {history.fact('exitcode')}, expected 0"


EXIT = Rule(
    id="START-24",
    title="A program ends its daemonic children, and waits for the others",
    level=Level.MUST,
    kind=Driver.CONTEXT,
    demands=(
        "The main module of a program returns while children run. Daemonic ones are ended; the "
        "program waits for the others, which come to their own end, and has exit code 0."
    ),
    source=_DOCS + "#multiprocessing.Process.daemon",
    triage=(
        "Are the children registered with multiprocessing, whose exit function ends and joins "
        "them?",
        "Does a server end all of its children with the program?",
    ),
    plans=_exit_plans,
    run=_run_exit,
    check=_check_exit,
)

# Few, as each costs a program; an address of a Unix socket has at most 107 characters.
_LENGTHS = (90, 108, 200)


def _folder_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return st.fixed_dictionaries({"length": st.sampled_from(_LENGTHS)})


def _run_folder(plan: Plan, stage: Stage) -> None:
    folder = Path(stage.folder, "t")
    folder.mkdir()
    while (lacking := plan["length"] - len(str(folder)) - 1) > 0:
        folder /= "t" * min(lacking, 100)
        folder.mkdir()
    environ = {**os.environ, "TMPDIR": str(folder)}
    with stage.program(f"{_PROGRAMS}:start_one", plan, env=environ) as program:
        program.wait()


def _check_folder(plan: Plan, history: History) -> Judgement:
    missing = "" if history.of("start", Kind.OK) or history.failures("start") else "no start()"
    return judge(_folder_problems(plan, history), missing=missing or unfinished(history))


def _folder_problems(plan: Plan, history: History) -> Iterator[str]:
    where = f"with a TMPDIR of {plan['length']} characters"
    for error in history.failures("start").values():
        yield f"{where} start() raised {error['type']}: {error['text']}"
    for code in history.facts("exitcode"):
        if code != 0:
            yield f"{where} the child has exit code {code}, expected 0"


FOLDER = Rule(
    id="START-31",
    title="start() works however long the name of the folder for temporary files is",
    level=Level.SHOULD,
    kind=Driver.CONTEXT,
    needs=frozenset({can.POSIX}),
    demands=(
        "TMPDIR has up to 200 characters, as build systems and batch queues make it: no socket can "
        "lie there. A program with it starts a child."
    ),
    source="https://github.com/python/cpython/issues/132124",
    triage=("Where does the server's socket lie? Does it need a name?",),
    plans=_folder_plans,
    run=_run_folder,
    check=_check_folder,
    all_plans=len(_LENGTHS),
)

_ARGUMENTS = ((1, 1000), (2, 200_000), (20_000, 40))


def _argument_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    pairs = [{"arguments": arguments, "length": length} for arguments, length in _ARGUMENTS]
    return st.sampled_from(pairs)


def _run_arguments(plan: Plan, stage: Stage) -> None:
    with stage.program(f"{_PROGRAMS}:start_with_arguments", plan) as program:
        program.wait()


def _check_arguments(plan: Plan, history: History) -> Judgement:
    missing = nobody_looked(history) or unfinished(history)
    return judge(_argument_problems(plan, history), missing=missing)


def _argument_problems(plan: Plan, history: History) -> Iterator[str]:
    where = f"with {plan['arguments']} arguments of {plan['length']} characters"
    for error in history.failures("start").values():
        yield f"{where} start() raised {error['type']}: {error['text']}"
    names = {"count": "the number of arguments", "digest": "the hash of sys.argv"}
    yield from (f"{where} {problem}" for problem in differences(history, names))


ARGUMENTS = Rule(
    id="START-42",
    title="start() works however long the caller's command line is",
    level=Level.MUST,
    kind=Driver.CONTEXT,
    after=("START-09",),
    demands=(
        "A program has up to 800 KB in sys.argv, as where a tool is given thousands of files. Its "
        "first child starts, and has the same sys.argv."
    ),
    source="https://github.com/python/cpython/issues/144503",
    triage=("Does sys.argv go to the server or the child by command line? Linux takes 128 KiB.",),
    plans=_argument_plans,
    run=_run_arguments,
    check=_check_arguments,
    all_plans=len(_ARGUMENTS),
)

RULES = (LEFT, EXIT, FOLDER, ARGUMENTS)
