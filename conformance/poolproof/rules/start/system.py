"""What the system knows of a child: descriptors, umask, limits, processors, signals.

A child that is forked or spawned inherits them from its caller as they are at start(); one that
comes from a server has the server's, unless somebody carries them over.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from poolproof.checkers.judging import judge
from poolproof.children import child, run_to_end
from poolproof.drivers import capabilities as can
from poolproof.history import History, Kind
from poolproof.plan import Plan
from poolproof.rule import Kind as Driver
from poolproof.rule import Level, Rule
from poolproof.rules.start.looking import bear_a_server, same_as_caller, send_to_look
from poolproof.stage.api import Stage
from poolproof.tasks_start_system import (
    cores,
    dispositions,
    files,
    ignore_and_block,
    look_at_cores,
    look_at_files,
    look_at_signals,
    lower_limit,
    speak,
    use_cores,
)
from poolproof.verdict import Judgement

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

_FORK = "https://man7.org/linux/man-pages/man2/fork.2.html"
# Not among them: what multiprocessing and its servers set for their own purposes.
_SIGNALS = ("SIGHUP", "SIGUSR1", "SIGUSR2", "SIGWINCH")
_LIMITS = ("RLIMIT_CORE", "RLIMIT_NOFILE")


def _stream_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    redirected = st.sampled_from([[1], [2], [1, 2]])  # of each child, one after the other
    return st.fixed_dictionaries({"redirected": st.lists(redirected, min_size=1, max_size=3)})


def _run_streams(plan: Plan, stage: Stage) -> None:
    bear_a_server(stage)
    for number, descriptors in enumerate(plan["redirected"]):
        with _redirected(stage.folder, number, descriptors):
            run_to_end(child(stage, speak, number))
        for descriptor in descriptors:
            said = Path(stage.folder, f"{number}-{descriptor}.txt").read_text()
            stage.note("said", said, [number, descriptor])


@contextmanager
def _redirected(folder: str, number: int, descriptors: Sequence[int]) -> Iterator[None]:
    """Descriptors of this process lead into files for a while."""
    with ExitStack() as undo:
        for descriptor in descriptors:
            (sys.stdout if descriptor == 1 else sys.stderr).flush()
            kept = os.dup(descriptor)
            undo.callback(os.close, kept)
            undo.callback(os.dup2, kept, descriptor)
            file = os.open(Path(folder, f"{number}-{descriptor}.txt"), os.O_WRONLY | os.O_CREAT)
            os.dup2(file, descriptor)
            os.close(file)
        yield


def _check_streams(_plan: Plan, history: History) -> Judgement:
    missing = "" if history.of("said", Kind.INFO) else "nobody looked into the files"
    return judge(_stream_problems(history), missing=missing)


def _stream_problems(history: History) -> Iterator[str]:
    for event in history.of("said", Kind.INFO):
        number, descriptor = event.key
        if event.value != f"child {number} on {descriptor}\n":
            yield (
                f"descriptor {descriptor} led into a file at start(), where child {number} should "
                f"have written one line: the file has {event.value!r}"
            )


STREAMS = Rule(
    id="START-14",
    title="The child writes where the caller's descriptors 1 and 2 lead at start()",
    level=Level.SHOULD,
    kind=Driver.CONTEXT,
    needs=frozenset({can.POSIX}),
    demands=(
        "The caller points descriptors 1 and 2 at files after a first child has run, as test "
        "runners do that capture output. What the next child writes to them is in the files."
    ),
    source="https://docs.pytest.org/en/stable/how-to/capture-stdout-stderr.html",
    triage=("Whose descriptors does the child have: the caller's, or a server's?",),
    plans=_stream_plans,
    run=_run_streams,
    check=_check_streams,
)


def _file_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    # Who may not read its own files could not be judged; some descriptors are needed to run.
    limits = st.fixed_dictionaries(
        {}, optional={"RLIMIT_CORE": st.integers(0, 2**20), "RLIMIT_NOFILE": st.integers(256, 900)}
    )
    return st.fixed_dictionaries({"umask": st.integers(0, 0o077), "limits": limits})


def _run_files(plan: Plan, stage: Stage) -> None:
    bear_a_server(stage)
    with ExitStack() as undo:
        undo.callback(os.umask, os.umask(plan["umask"]))
        for name, soft in plan["limits"].items():
            undo.callback(lower_limit(name, soft))
        send_to_look(stage, look_at_files, files(_LIMITS), list(_LIMITS))


FILES = Rule(
    id="START-15",
    title="The child has the caller's umask and resource limits as they are at start()",
    level=Level.SHOULD,
    kind=Driver.CONTEXT,
    needs=frozenset({can.POSIX}),
    demands=(
        "The caller changes its umask and lowers soft limits after a first child has run. The next "
        "child has them: its files are as private, and it is as limited, as its caller."
    ),
    source=_FORK,
    triage=("Is the state of the process taken at start(), or is it a server's?",),
    plans=_file_plans,
    run=_run_files,
    check=same_as_caller(),
)


def _core_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return st.fixed_dictionaries({"cores": st.sampled_from(["first", "last", "all"])})


def _run_cores(plan: Plan, stage: Stage) -> None:
    bear_a_server(stage)
    mine = cores()
    use_cores({"first": mine[:1], "last": mine[-1:], "all": mine}[plan["cores"]])
    try:
        send_to_look(stage, look_at_cores, {"cores": cores()})
    finally:
        use_cores(mine)


CORES = Rule(
    id="START-16",
    title="The child runs on the processors that the caller may use at start()",
    level=Level.SHOULD,
    kind=Driver.CONTEXT,
    needs=frozenset({can.AFFINITY}),
    demands=(
        "The caller restricts itself to some processors after a first child has run. The next "
        "child is restricted to the same."
    ),
    source="https://man7.org/linux/man-pages/man2/sched_setaffinity.2.html",
    triage=("Is the affinity taken at start(), or is it a server's?",),
    plans=_core_plans,
    run=_run_cores,
    check=same_as_caller(cores="the list of usable processors"),
    all_plans=3,
)


def _signal_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    some = st.lists(st.sampled_from(_SIGNALS), unique=True, max_size=3)
    return st.fixed_dictionaries({"ignored": some, "blocked": some})


def _run_signals(plan: Plan, stage: Stage) -> None:
    bear_a_server(stage)
    restore: Callable[[], None] = ignore_and_block(plan["ignored"], plan["blocked"])
    try:
        send_to_look(stage, look_at_signals, dispositions(_SIGNALS), list(_SIGNALS))
    finally:
        restore()


SIGNALS = Rule(
    id="START-17",
    title="The child ignores and blocks the signals that the caller does at start()",
    level=Level.SHOULD,
    kind=Driver.CONTEXT,
    needs=frozenset({can.POSIX}),
    demands=(
        "The caller ignores some signals and blocks some after a first child has run, as under "
        "nohup. The next child ignores and blocks the same, and no others. (Handlers are another "
        "matter: only a fork keeps them.)"
    ),
    source="https://man7.org/linux/man-pages/man7/signal.7.html",
    triage=(
        "Are mask and dispositions taken at start(), or are they a server's?",
        "Does a helper block signals while it starts the child, and forget to restore them?",
    ),
    plans=_signal_plans,
    run=_run_signals,
    check=same_as_caller(ignored="the list of ignored signals", blocked="that of blocked signals"),
)

RULES = (STREAMS, FILES, CORES, SIGNALS)
