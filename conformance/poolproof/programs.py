"""Task programs as data: expressions over a safe vocabulary, and the interpreter that runs them.

A program is what `poolproof.graphs.build` builds a scalar from, or one of
    ["decimal", text]  ["fraction", over, under]  ["date", year, month, day]    exact values
    ["list" | "tuple" | "dict", program, ...]                                   containers
    ["call", name, program, ...]                                                `VOCABULARY[name]`
    ["partial", name, [program, ...], [program, ...]]        `partial(f, *first)(*rest)`
    ["raise", name, program, ...]                            an exception of `tasks_res.ERRORS`
Values meet operations that do not take them: such a program raises, which is its outcome.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, Any

from poolproof.graphs import build, scalars
from poolproof.plan import JSON
from poolproof.tasks_res import ERRORS
from poolproof.values import describe, describe_error

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


def run(program: JSON) -> Any:
    """The value of `program`, or the exception it runs into."""
    if not isinstance(program, list):
        return build(program)
    word, *rest = program
    return _WORDS[word](*rest)


def try_out(program: JSON) -> Any:
    """The value of `program`, or the exception it runs into as a value."""
    try:
        return run(program)
    except Exception as error:  # noqa: BLE001 - all of them are outcomes
        return error


def show(outcome: Any) -> JSON:
    """What `try_out` returned, described: what of it is the same wherever it came about."""
    if isinstance(outcome, BaseException):
        error = describe_error(outcome)
        return ["error", {"type": error["type"], "args": error["args"]}]
    return ["value", describe(outcome)]


class Program:
    """A program as a callable object, and as one that has a method to call."""

    def __init__(self, code: JSON) -> None:
        self.code = code

    def __call__(self) -> Any:
        return run(self.code)

    def run(self) -> Any:
        """The same, by a bound method."""
        return run(self.code)


# How a program can be given to a pool: function, arguments, keyword arguments.
Given = tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]
CARRIERS: dict[str, Callable[[JSON], Given]] = {
    "argument": lambda code: (run, (code,), {}),
    "keyword": lambda code: (run, (), {"program": code}),
    "partial": lambda code: (partial(run, code), (), {}),
    "keyword of a partial": lambda code: (partial(run, program=code), (), {}),
    "object": lambda code: (Program(code), (), {}),
    "bound method": lambda code: (Program(code).run, (), {}),
}


def programs(leaves: int = 6) -> SearchStrategy[JSON]:
    """Programs over all that there is; many of them raise."""
    from hypothesis import strategies as st

    days = st.tuples(st.integers(1, 9999), st.integers(1, 12), st.integers(1, 28))
    dates = days.map(lambda day: ["date", *day])
    return st.recursive(scalars() | dates | numbers(), _compositions, max_leaves=leaves)


def numbers() -> SearchStrategy[JSON]:
    """Programs whose parts fit together: numbers and truth values."""
    from hypothesis import strategies as st

    small = st.integers(-20, 20)
    fractions = st.builds(lambda over, under: ["fraction", over, under], small, st.integers(1, 9))
    texts = st.sampled_from(["0.1", "1.10", "-7", "NaN", "1E+5"])
    leaves = small | st.booleans() | fractions | texts.map(lambda text: ["decimal", text])
    names = st.sampled_from(["add", "subtract", "times", "divide", "remainder", "less"])
    return st.recursive(leaves, lambda parts: _calls(names, parts), max_leaves=3)


def _compositions(children: SearchStrategy[JSON]) -> SearchStrategy[JSON]:
    from hypothesis import strategies as st

    rows = st.lists(children, max_size=3)
    names = st.sampled_from(sorted(VOCABULARY))
    errors = st.sampled_from(sorted(ERRORS))
    return st.one_of(
        rows.map(lambda row: ["list", *row]),
        rows.map(lambda row: ["tuple", *row]),
        rows.map(lambda row: ["dict", *row]),
        _calls(names, children),
        st.builds(lambda name, row: ["raise", name, *row], errors, rows),
    )


def _calls(names: SearchStrategy[str], parts: SearchStrategy[JSON]) -> SearchStrategy[JSON]:
    from hypothesis import strategies as st

    plain = st.builds(lambda name, a, b: ["call", name, a, b], names, parts, parts)
    bound = st.builds(lambda name, a, b: ["partial", name, [a], [b]], names, parts, parts)
    return plain | bound


def _of_numbers(operation: Callable[[Any, Any], Any], a: Any, b: Any) -> Any:
    # Of other things, "text" * 10**9 and "%99999999d" % 1 are too much of a good thing.
    if not all(isinstance(x, int | float | Decimal | Fraction) for x in (a, b)):
        raise TypeError("only numbers", a, b)
    return operation(a, b)


def _later(day: date, days: int) -> date:
    return day + timedelta(days=days)


VOCABULARY: dict[str, Callable[[Any, Any], Any]] = {
    "add": operator.add,
    "subtract": operator.sub,
    "times": partial(_of_numbers, operator.mul),
    "divide": operator.truediv,
    "remainder": partial(_of_numbers, operator.mod),
    "less": operator.lt,
    "item": operator.getitem,
    "later": _later,
}


def _raise(name: str, *arguments: JSON) -> None:
    raise ERRORS[name](*[run(argument) for argument in arguments])


def _partial(name: str, first: list[JSON], rest: list[JSON]) -> Any:
    bound = partial(VOCABULARY[name], *[run(argument) for argument in first])
    return bound(*[run(argument) for argument in rest])


_WORDS: dict[str, Callable[..., Any]] = {
    "decimal": Decimal,
    "fraction": Fraction,
    "date": date,
    "list": lambda *items: [run(item) for item in items],
    "tuple": lambda *items: tuple([run(item) for item in items]),
    "dict": lambda *items: dict(enumerate([run(item) for item in items])),
    "call": lambda name, *arguments: VOCABULARY[name](*[run(each) for each in arguments]),
    "partial": _partial,
    "raise": _raise,
}
