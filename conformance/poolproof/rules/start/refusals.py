"""What becomes of start() when an argument cannot travel."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from poolproof.checkers.judging import judge
from poolproof.children import child, owned
from poolproof.history import History, Kind
from poolproof.plan import Plan
from poolproof.rule import Kind as Driver
from poolproof.rule import Level, Rule
from poolproof.stage.api import Stage
from poolproof.tasks_start import Unreadable, accept
from poolproof.verdict import Judgement

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

_GUIDELINES = "https://docs.python.org/3/library/multiprocessing.html#programming-guidelines"
_METHODS = multiprocessing.get_all_start_methods()
_FINE = "fine"


def _foreign_lock(method: str) -> Any:
    """A lock of the first context that is not this one, which is fork's where there is a fork."""
    other = next((name for name in _METHODS if name != method), _METHODS[0])
    return multiprocessing.get_context(other).Lock()


_ARGUMENTS: dict[str, Callable[[str], Any]] = {
    _FINE: lambda _: 0,
    "a lambda": lambda _: lambda: None,
    "a generator": lambda _: (n for n in range(3)),
    "an object of a local class": lambda _: type("Local", (), {})(),
    "a lock of threads": lambda _: threading.Lock(),
    "a lock of another context": _foreign_lock,
    "an object that does not unpickle": lambda _: Unreadable(),
}


def _refusal_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    arguments = st.lists(st.sampled_from(sorted(_ARGUMENTS)), min_size=1, max_size=3)
    # The last one is to work, whatever came before.
    return st.fixed_dictionaries({"arguments": arguments.map(lambda some: [*some, _FINE])})


def _run_refusals(plan: Plan, stage: Stage) -> None:
    context: Any = stage.context
    before = len(context.active_children())
    for number, name in enumerate(plan["arguments"]):
        argument = _ARGUMENTS[name](stage.start_method)
        process = child(stage, accept, stage.folder, number, argument)
        with owned([process]):
            stage.call("start", process.start, number)
            if process.pid is not None:
                process.join()
                stage.note("exitcode", process.exitcode, number)
    stage.note("left", len(context.active_children()) - before)


def _check_refusals(plan: Plan, history: History) -> Judgement:
    missing = "" if history.facts("left") else "not all processes were seen to end"
    return judge(_refusal_problems(plan, history) if not missing else (), missing=missing)


def _refusal_problems(plan: Plan, history: History) -> Iterator[str]:
    codes = {event.key: event.value for event in history.of("exitcode", Kind.INFO)}
    refused, ran = history.failures("start"), history.ok("child")
    for number, name in enumerate(plan["arguments"]):
        if number in refused and number in ran:
            yield f"start() with {name} raised {refused[number]['type']}, and the target ran"
        if number in refused and name == _FINE:
            error, others = refused[number], plan["arguments"][:number]
            yield f"start() after {others} raised {error['type']}: {error['text']}"
        if number in codes and (number in ran) != (codes[number] == 0):
            happened = "ran" if number in ran else "did not run"
            yield f"the target {happened} with {name}, and the exit code is {codes[number]}"
    if history.fact("left") != 0:
        yield f"{history.fact('left')} process(es) are left over"


REFUSALS = Rule(
    id="START-22",
    title="An argument that cannot travel is an error, and harms no other child",
    level=Level.MUST,
    kind=Driver.CONTEXT,
    demands=(
        "Arguments that do not pickle, or do not unpickle, and a lock of another context: either "
        "start() raises, or the target runs with them (a fork sends nothing), or the exit code is "
        "not 0. Nothing hangs or is left over, and the next start() works."
    ),
    source=_GUIDELINES,
    triage=(
        "Is the process object pickled before a process is taken for it?",
        "What becomes of a process that was taken, when the object cannot be sent?",
    ),
    plans=_refusal_plans,
    run=_run_refusals,
    check=_check_refusals,
)

RULES = (REFUSALS,)
