"""Concurrent histories for the checkers of linearizability, and an oracle that tries all orders."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st
from poolproof.linearizability import NEVER, Model, Operation
from poolproof.linearizability.models import Wrong

Draw = Callable[[st.SearchStrategy[Any]], Any]
UNIQUE = "unique"  # as an argument: the operation's own number
Arguments = Mapping[str, Any]  # of each operation that may be drawn


def explained(operations: Sequence[Operation], model: Model) -> bool:
    """Is there an order? By trying each: no memo, no partition, nothing clever."""
    return _goes_on(list(operations), model.initial, model)


def _goes_on(left: list[Operation], state: Any, model: Model) -> bool:
    if not any(operation.ended for operation in left):
        return True  # the others may have had no effect
    for operation in left:
        if any(other.end < operation.call for other in left):
            continue
        after = model.step(state, operation)
        rest = [other for other in left if other is not operation]
        if not isinstance(after, Wrong) and _goes_on(rest, after, model):
            return True
    return False


@st.composite
def small(draw: Draw, model: Model, arguments: Arguments, most: int = 6) -> list[Operation]:
    """A right object's answers; then a few of them changed, and a few ends unseen."""
    found: list[Operation] = []
    state, now = model.initial, 0
    for number in range(draw(st.integers(0, most))):
        name = draw(st.sampled_from(sorted(arguments)))
        now += draw(st.integers(0, 2))
        call, end = now - draw(st.integers(0, 3)), now + draw(st.integers(0, 3))
        asked = Operation(name, call, end, _argument(arguments, name, number), process=number)
        answer, state = _answered(model, state, asked)
        found.append(answer)
    places = st.integers(0, max(0, len(found) - 1))
    for place in draw(st.sets(places, max_size=2 if found else 0)):
        other = found[draw(places)]
        if other.name == found[place].name:
            found[place] = replace(found[place], result=other.result)
    for place in draw(st.sets(places, max_size=2 if found else 0)):
        found[place] = replace(found[place], end=NEVER, result=None)
    return draw(st.permutations(found))  # type: ignore[no-any-return]


def long(
    model: Model, arguments: Arguments, count: int, processes: int, seed: int = 1
) -> list[Operation]:
    """`count` operations of `processes` on a right object, each overlapping with the others'."""
    generator = random.Random(seed)
    names = sorted(arguments)
    state = model.initial
    found = []
    for number in range(count):
        begun, ended = (generator.random() * processes / 2 for _ in range(2))
        name = generator.choice(names)
        asked = Operation(
            name, number - begun, number + ended, _argument(arguments, name, number),
            process=number % processes,
        )  # fmt: skip
        answer, state = _answered(model, state, asked)
        found.append(answer)
    return found


def careless(
    generator: random.Random, arguments: Arguments, answers: Mapping[str, Sequence[Any]]
) -> list[Operation]:
    """One to six operations that answer what they like."""
    found = []
    for number in range(generator.randint(1, 6)):
        name = generator.choice(sorted(arguments))
        call = generator.randint(0, 8)
        seen = generator.random() > 0.1
        end = call + generator.randint(0, 3) if seen else NEVER
        answer = generator.choice(answers.get(name, [None])) if seen else None
        asked = _argument(arguments, name, number)
        found.append(Operation(name, call, end, asked, answer, process=number))
    return found


def _argument(arguments: Arguments, name: str, number: int) -> Any:
    return number if arguments[name] == UNIQUE else arguments[name]


def _answered(model: Model, state: Any, asked: Operation) -> tuple[Operation, Any]:
    """`asked` with what the object of `model` answers in `state`, and its next state."""
    inside = state if isinstance(state, tuple) else (state,)
    for result in (None, True, False, *inside[:1]):
        answer = replace(asked, result=result)
        after = model.step(state, answer)
        if not isinstance(after, Wrong):
            return answer, after
    raise AssertionError(f"{asked} has no answer in state {state!r}")
