"""What a child found, against what its caller had at start()."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from poolproof.checkers.judging import judge
from poolproof.children import child, run_to_end
from poolproof.history import History, Kind
from poolproof.plan import JSON, Plan
from poolproof.stage.api import Stage
from poolproof.tasks_start import nothing
from poolproof.verdict import Judgement


def send_to_look(stage: Stage, look: Callable[..., None], caller: JSON, *args: Any) -> None:
    """Note what the caller has, and start a child that runs `look(folder, *args)`."""
    stage.note("caller", caller)
    run_to_end(child(stage, look, stage.folder, *args))


def bear_a_server(stage: Stage) -> None:
    """Start a first child: a server, if there is one, was born by then."""
    run_to_end(child(stage, nothing))


def nobody_looked(history: History) -> str:
    """Why there is nothing to compare; "" if there is."""
    both = history.of("child", Kind.OK) and history.facts("caller")
    return "" if both else "the child did not tell what it found"


def differences(history: History, names: Mapping[str, str]) -> Iterator[str]:
    """A sentence for each thing that a child found otherwise than its caller had it."""
    expected = history.fact("caller") or {}
    for event in history.of("child", Kind.OK):
        for what, value in expected.items():
            seen = event.value[what]
            if seen != value:
                name = names.get(what, what)
                yield f"{name} is {value!r} in the caller at start() and {seen!r} in the child"


def same_as_caller(**names: str) -> Callable[[Plan, History], Judgement]:
    """A check that all is the same in caller and child; `names` are for the message."""

    def check(_plan: Plan, history: History) -> Judgement:
        return judge(differences(history, names), missing=nobody_looked(history))

    return check
