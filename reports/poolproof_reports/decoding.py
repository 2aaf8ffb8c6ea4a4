"""Frozen dataclasses to JSON values and back, driven by their annotations and strict about both.

Understands what the result schema is made of: str, int, float, bool, str enums, `X | None`,
`tuple[X, ...]`, `dict[str, str]`, plain JSON objects (`JsonObject`) and nested dataclasses.
"""

from __future__ import annotations

import math
import types
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

JsonObject = dict[str, Any]

LATER = {"later": True}  # metadata of a field that the first files of this schema do not have
MAX_DEPTH = 64  # below Python's recursion limit in every reader and writer of these values


class ResultError(ValueError):
    """A result that cannot be read or written; the message is one line."""


def shorten(text: str, limit: int) -> str:
    """`text` cut to `limit` characters, the last one an ellipsis if something was cut."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def refuse(path: str, value: object, expected: str) -> ResultError:
    """The error for `value` at the JSON path `path`."""
    return ResultError(f"{path}: got {shorten(ascii(value), 80)}, expected {expected}")


@cache
def field_types(cls: type[Any]) -> dict[str, Any]:
    """Field name to resolved annotation, in the order of declaration."""
    hints = get_type_hints(cls)
    return {field.name: hints[field.name] for field in fields(cls)}


@cache
def required(cls: type[Any]) -> tuple[str, ...]:
    """The fields that no file may lack; the others are `LATER` and have a default."""
    return tuple(field.name for field in fields(cls) if "later" not in field.metadata)


def is_optional(annotation: Any) -> bool:
    return get_origin(annotation) in (Union, types.UnionType)


def without_none(annotation: Any) -> Any:
    """`X` of `X | None`."""
    return next(arg for arg in get_args(annotation) if arg is not type(None))


def encode(value: Any, path: str = "$") -> Any:
    """The JSON value of a dataclass; ResultError names what is no JSON (nan, a set, a key 1)."""
    if is_dataclass(value):
        return {f.name: encode(getattr(value, f.name), f"{path}.{f.name}") for f in fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple):
        return [encode(item, f"{path}[{index}]") for index, item in enumerate(value)]
    return checked_json(value, path)


def checked_json(value: Any, path: str, depth: int = 0) -> Any:
    """A copy of `value` made of JSON types alone, tuples as lists; ResultError otherwise."""
    if depth > MAX_DEPTH:
        raise ResultError(f"{path}: expected at most {MAX_DEPTH} nested levels, got more")
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise refuse(path, value, "a finite number (write nan and inf as strings)")
        return value
    if isinstance(value, list | tuple):
        return [checked_json(v, f"{path}[{i}]", depth + 1) for i, v in enumerate(value)]
    if isinstance(value, dict):
        for key in value:
            if not isinstance(key, str):
                raise refuse(path, key, "string keys")
        return {k: checked_json(v, step(path, k), depth + 1) for k, v in value.items()}
    raise refuse(path, value, "a JSON value (object, array, string, number, true, false, null)")


def step(path: str, key: str) -> str:
    """`path` extended by an object key, quoted where it is no plain name."""
    return f"{path}.{key}" if key.isidentifier() and key.isascii() else f"{path}[{_brief(key)}]"


def _brief(key: str) -> str:
    return shorten(ascii(key), 40)


def decode(annotation: Any, value: Any, path: str = "$") -> Any:
    """`value` as an instance of `annotation`; ResultError names path, value and expectation."""
    if is_optional(annotation):
        return None if value is None else decode(without_none(annotation), value, path)
    if is_dataclass(annotation) and isinstance(annotation, type):
        return _decode_record(annotation, value, path)
    if get_origin(annotation) is tuple:
        item_type = get_args(annotation)[0]
        items = _expect(value, list, path, "an array")
        return tuple(decode(item_type, item, f"{path}[{i}]") for i, item in enumerate(items))
    if get_origin(annotation) is dict:
        item_type = get_args(annotation)[1]
        members = _expect(value, dict, path, "an object")
        if item_type is Any:
            return checked_json(members, path)
        return {key: decode(item_type, item, step(path, key)) for key, item in members.items()}
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return _decode_enum(annotation, value, path)
    return _SCALARS[annotation](value, path)


def _decode_record(cls: type, value: Any, path: str) -> Any:
    members = _expect(value, dict, path, f"an object ({cls.__name__})")
    wanted = field_types(cls)
    for name in required(cls):
        if name not in members:
            raise ResultError(f"{path}: key {name!r} is missing, expected in {cls.__name__}")
    for key in members:
        if key not in wanted:
            raise ResultError(f"{path}: key {_brief(key)} is unknown, expected {', '.join(wanted)}")
    given = {name: kind for name, kind in wanted.items() if name in members}
    return cls(**{n: decode(kind, members[n], f"{path}.{n}") for n, kind in given.items()})


def _decode_enum(cls: type[Enum], value: Any, path: str) -> Enum:
    names = [member.value for member in cls]
    if not isinstance(value, str) or value not in names:
        raise refuse(path, value, f"one of {', '.join(names)}")
    return cls(value)


def _expect(value: Any, kind: type, path: str, expected: str) -> Any:
    if not isinstance(value, kind):
        raise refuse(path, value, expected)
    return value


def _decode_bool(value: Any, path: str) -> bool:
    return bool(_expect(value, bool, path, "true or false"))


def _decode_str(value: Any, path: str) -> str:
    return str(_expect(value, str, path, "a string"))


def _decode_int(value: Any, path: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise refuse(path, value, "an integer")
    return value


def _decode_float(value: Any, path: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise refuse(path, value, "a number")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise refuse(path, value, "a finite number")
    return number


_SCALARS: dict[type, Callable[[Any, str], Any]] = {
    bool: _decode_bool,
    str: _decode_str,
    int: _decode_int,
    float: _decode_float,
}
