"""Sequential objects: what each operation may answer in which state, one after the other.

A model is immutable data and pure functions, so that a search can go back to any state it left.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from .operations import Operation

State = Hashable
Step = Callable[[State, Operation], "State | Wrong"]


class Wrong:
    """Returned by a step in place of a state: no object in that state answers so."""


WRONG = Wrong()


def whole(operations: Iterable[Operation]) -> list[list[Operation]]:
    """No partition: all operations are on one object."""
    return [list(operations)]


@dataclass(frozen=True)
class Model:
    """A sequential object.

    Attributes:
        initial: its first state; states are hashable, and equal ones behave alike.
        step: the state after an operation, or `WRONG` if no object in that state answers so.
            The result of an operation that did not end says nothing: any will do.
        partition: splits operations into groups that have nothing to do with each other; a history
            is linearizable if each group is (https://doi.org/10.1145/78969.78972, theorem 1).
    """

    initial: State
    step: Step
    partition: Callable[[Iterable[Operation]], list[list[Operation]]] = whole


def _answers(operation: Operation, result: Any, state: State) -> State | Wrong:
    """`state`, if `operation` may have come back with `result`."""
    return state if not operation.ended or operation.result == result else WRONG


def _unknown(operation: Operation) -> Wrong:
    raise ValueError(f"{operation}: this model knows no {operation.name!r}")


def register(initial: Any = None) -> Model:
    """``write(value)`` and ``read() -> value``."""

    def step(state: Any, op: Operation) -> State | Wrong:
        match op.name:
            case "write":
                return op.argument  # type: ignore[no-any-return]
            case "read":
                return _answers(op, state, state)
        return _unknown(op)

    return Model(initial, step)


def counter(initial: int = 0) -> Model:
    """``add()`` adds 1, ``take() -> value`` does and answers the old one, ``read() -> value``."""

    def step(state: Any, op: Operation) -> State | Wrong:
        match op.name:
            case "add":
                return state + 1  # type: ignore[no-any-return]
            case "read":
                return _answers(op, state, state)
            case "take":
                return _answers(op, state, state + 1)
        return _unknown(op)

    return Model(initial, step)


def elements() -> Model:
    """A set: ``add(x)``, ``remove(x)`` and ``contains(x)``, each answering whether it was there."""

    def step(state: Any, op: Operation) -> State | Wrong:
        after = {"add": True, "remove": False, "contains": state}
        if op.name not in after:
            return _unknown(op)
        return _answers(op, state, after[op.name])

    return Model(False, step, lambda operations: _grouped(operations, lambda op: op.argument))


def queue() -> Model:
    """``put(x)``, ``get() -> x``; a ``get`` that answers None found the queue empty."""

    def step(state: Any, op: Operation) -> State | Wrong:
        match op.name:
            case "put":
                return (*state, op.argument)
            case "get":
                return _answers(op, state[0], state[1:]) if state else _answers(op, None, state)
        return _unknown(op)

    return Model((), step)


def stack() -> Model:
    """``push(x)``, ``pop() -> x``; a ``pop`` that answers None found the stack empty."""

    def step(state: Any, op: Operation) -> State | Wrong:
        match op.name:
            case "push":
                return (op.argument, state)
            case "pop":
                return _answers(op, state[0], state[1]) if state else _answers(op, None, state)
        return _unknown(op)

    return Model((), step)


def semaphore(places: int = 1) -> Model:
    """``acquire() -> bool`` (False: it gave up) and ``release()``, by anybody."""

    def step(state: Any, op: Operation) -> State | Wrong:
        match op.name:
            case "acquire":
                return _answers(op, True, state - 1) if state else _answers(op, False, state)
            case "release":
                return state + 1  # type: ignore[no-any-return]
        return _unknown(op)

    return Model(places, step)


def lock() -> Model:
    """``acquire() -> bool`` and ``release()``, which only the process that holds it may call."""

    def step(state: Any, op: Operation) -> State | Wrong:
        match op.name:
            case "acquire":
                held = ("held", op.process)
                return _answers(op, True, held) if state is None else _answers(op, False, state)
            case "release":
                return None if state == ("held", op.process) else WRONG
        return _unknown(op)

    return Model(None, step)


def keyed(model: Model) -> Model:
    """Many objects of `model`: each operation's argument is (key, its own argument)."""

    def step(state: Any, op: Operation) -> State | Wrong:
        return model.step(state, replace(op, argument=op.argument[1]))

    return Model(
        model.initial,
        step,
        lambda operations: _grouped(operations, lambda op: op.argument[0]),
    )


def _grouped(
    operations: Iterable[Operation], key: Callable[[Operation], Hashable]
) -> list[list[Operation]]:
    groups: dict[Hashable, list[Operation]] = {}
    for operation in operations:
        groups.setdefault(key(operation), []).append(operation)
    return list(groups.values())
