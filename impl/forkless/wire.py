"""Messages as bytes, and back only as what they claim to be.

Not as pickles: a pickle runs what it says, and six bytes of one can ask for gigabytes
(https://github.com/python/cpython/issues/115952).

Guarantees: whatever the bytes, `decode` returns a message whose fields have their declared types,
or raises Malformed; it takes no more memory than a small multiple of their number.
Assumes: a message is a frozen dataclass of texts, numbers, other such, tuples and mappings of them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache, lru_cache
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from . import messages
from .errors import ForkserverError
from .recipe import Recipe

# An environment of 2 MB, which is all that Linux takes, with each character escaped.
LIMIT = 16 * 1024 * 1024

KINDS = {
    kind.__name__: kind
    for kind in (Recipe, *vars(messages).values())
    if isinstance(kind, type) and is_dataclass(kind)
}


class Malformed(OSError):
    """What came is no message: its sender is out of its mind, and treated as if it had hung up."""


def encode(message: object) -> bytes:
    """*message* as bytes; raises ForkserverError for one that nobody would take."""
    data = _JSON.encode((type(message).__name__, message)).encode()
    if len(data) > LIMIT:
        raise ForkserverError(
            f"{type(message).__name__} would take {len(data)} bytes, and {LIMIT} are the limit; "
            "is a variable in os.environ or an entry of sys.argv that large?"
        )
    return data


@lru_cache(maxsize=4)  # a program that starts many processes asks in the same words each time
def decode(data: bytes) -> Any:
    """The message in *data*."""
    try:
        name, values = _READER.decode(data.decode("ascii"))
        return _reader(KINDS[name])(values)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise Malformed(f"{data[:80]!r} is no message ({error!r})") from error


def _values(value: Any) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    return [getattr(value, field.name) for field in fields(value)]


_JSON = json.JSONEncoder(default=_values)


def _refuse(constant: str) -> object:
    raise ValueError(f"{constant} is no number to reckon with")


_READER = json.JSONDecoder(parse_constant=_refuse)


@cache
def _reader(kind: Any) -> Callable[[Any], Any]:
    """What turns JSON into a *kind*, or raises ValueError or TypeError."""
    origin, parts = get_origin(kind), get_args(kind)
    if is_dataclass(kind):
        return _record(kind)
    if origin is tuple:
        return _series(_reader(parts[0])) if parts[-1] is ... else _row(*map(_reader, parts))
    if origin is Mapping:
        return _mapping(*map(_reader, parts))
    if origin in (Union, UnionType):
        (known,) = (_reader(part) for part in parts if part is not type(None))
        return lambda value: None if value is None else known(value)
    if issubclass(kind, Enum):
        return lambda value: kind(value)
    return _scalar((int, float) if kind is float else (kind,))


def _record(kind: Any) -> Callable[[Any], Any]:
    hints = get_type_hints(kind)
    row = _row(*(_reader(hints[field.name]) for field in fields(kind)))
    return lambda values: kind(*row(values))


def _row(*readers: Callable[[Any], Any]) -> Callable[[Any], tuple[Any, ...]]:
    return lambda values: tuple(
        [read(value) for read, value in zip(readers, _array(values), strict=True)]
    )


def _series(read: Callable[[Any], Any]) -> Callable[[Any], tuple[Any, ...]]:
    return lambda values: tuple([read(value) for value in _array(values)])


def _array(value: Any) -> list[Any]:
    if type(value) is not list:
        raise TypeError(f"{value!r:.80} is no array")
    return value


def _mapping(
    read_key: Callable[[Any], Any], read: Callable[[Any], Any]
) -> Callable[[Any], dict[Any, Any]]:
    def mapping(value: Any) -> dict[Any, Any]:
        if type(value) is not dict:
            raise TypeError(f"{value!r:.80} is no object")
        return {read_key(key): read(item) for key, item in value.items()}

    return mapping


def _scalar(types: tuple[type, ...]) -> Callable[[Any], Any]:
    def scalar(value: Any) -> Any:
        if type(value) not in types:
            raise TypeError(f"{value!r:.80} is no {types[-1].__name__}")
        return value

    return scalar
