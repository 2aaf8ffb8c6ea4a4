"""Values and exceptions as JSON: what a history says of them.

`describe` keeps what equality of results rests on: types, order, shared references and cycles.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from poolproof.plan import JSON

_PLAIN = (bool, int, str, type(None))
_LONGEST = 400  # characters of a repr
_LONGEST_CAUSE = 4000  # a cause is the worker's traceback as a text


def describe(value: Any) -> JSON:
    """A JSON description, equal for equal values and different for different ones.

    None, bool, int and str describe themselves. Everything else is an object with one key that
    names the type: `{"float": "0x1.8p+0"}` (exact, NaN and -0.0 too), `{"bytes": "00ff"}`,
    `{"tuple": [...]}`, `{"dict": [[key, value], ...]}` in insertion order. A container that was
    met before is `{"ref": n}`, the n-th one in order of appearance, so that aliasing shows.
    """
    return _describe(value, {}, [])


def describe_error(error: BaseException) -> JSON:
    """Type, arguments, message and chain of an exception."""
    cause = error.__cause__
    return {
        "type": f"{type(error).__module__}.{type(error).__qualname__}",
        "bases": [f"{c.__module__}.{c.__qualname__}" for c in type(error).__mro__[:-1]],
        "args": [describe(a) for a in error.args],
        "text": _text(error)[:_LONGEST],
        "cause": None
        if cause is None
        else f"{type(cause).__name__}: {_text(cause)}"[:_LONGEST_CAUSE],
    }


def _describe(value: Any, seen: dict[int, int], keep: list[Any]) -> JSON:
    if type(value) in _PLAIN:
        return value
    if type(value) is float:
        return {"float": value.hex()}
    if type(value) in (bytes, bytearray):
        return {type(value).__name__: value.hex()}
    if id(value) in seen:
        return {"ref": seen[id(value)]}
    seen[id(value)] = len(seen)
    keep.append(value)  # so that no id is used twice while we look
    return {type(value).__name__: _contents(value, seen, keep)}


def _contents(value: Any, seen: dict[int, int], keep: list[Any]) -> JSON:
    if type(value) in (list, tuple):
        return [_describe(v, seen, keep) for v in value]
    if type(value) is dict:
        return [[_describe(k, seen, keep), _describe(v, seen, keep)] for k, v in value.items()]
    if type(value) in (set, frozenset):
        return sorted((_describe(v, seen, keep) for v in value), key=repr)
    if isinstance(value, BaseException):
        return describe_error(value)
    return _text(value, repr)[:_LONGEST]


def _text(value: Any, say: Callable[[Any], str] = str) -> str:
    try:
        return say(value)
    except Exception as error:  # noqa: BLE001 - a value of a user's class may raise anything
        return f"<{type(value).__name__}, whose text raised {type(error).__name__}>"
