"""Python values beyond JSON as data: what a plan says of them, the values, and their portraits.

A specification is `{kind: content}`, as `values()` draws it.
"""

from __future__ import annotations

import array
import collections
import datetime
import decimal
import enum
import fractions
import functools
import ipaddress
import operator
import pathlib
import random
import re
import struct
import types
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from poolproof.plan import JSON

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


class Colour(enum.Enum):
    """Members that are values of their own."""

    RED = 1
    GREEN = "green"


class Access(enum.IntFlag):
    """Members that can be combined."""

    READ = 4
    WRITE = 2


class Point(NamedTuple):
    """A tuple with names."""

    x: Any
    y: Any = None


@dataclass(frozen=True, slots=True)
class Frozen:
    """Fields without a __dict__, which cannot be assigned to."""

    name: Any
    value: Any


class Host:
    """A class with a class inside, and methods."""

    class Guest:
        """Known by a dotted name."""

    @classmethod
    def make(cls) -> Host:
        """A method bound to the class."""
        return cls()


# What is sent by reference: the other side must find the very same object.
_NAMED: dict[str, Any] = {
    "a class": Frozen,
    "an inner class": Host.Guest,
    "a function": functools.reduce,
    "a builtin": len,
    "a type": dict,
    "a class method": Host.make,
    "Ellipsis": ...,
    "NotImplemented": NotImplemented,
    "None's type": type(None),
    "an enum": Colour,
    "a member": Colour.GREEN,
    "a red member": Colour.RED,
}


def _zone(minutes: int | None) -> datetime.timezone | None:
    if minutes is None:
        return None
    return datetime.timezone(datetime.timedelta(minutes=minutes), f"Z{minutes}")


def _moment(content: JSON) -> datetime.datetime:
    seconds, fold, minutes = content
    start = datetime.datetime(1, 1, 1, tzinfo=_zone(minutes)).replace(fold=fold)
    return (start + datetime.timedelta(microseconds=seconds)).replace(fold=fold)


_MADE: dict[str, Callable[[JSON], Any]] = {
    "text": lambda points: "".join(map(chr, points)),
    "float": lambda bits: struct.unpack("<d", bits.to_bytes(8, "little"))[0],
    "complex": lambda bits: complex(*struct.unpack("<2d", bits.to_bytes(16, "little"))),
    "int": lambda drawn: drawn[0] * random.Random(drawn[1]).getrandbits(drawn[1]),
    "named": lambda name: _NAMED[name],
    "flags": Access,
    "range": lambda numbers: range(*numbers),
    "slice": lambda numbers: slice(*numbers),
    "Decimal": decimal.Decimal,
    "Fraction": lambda numbers: fractions.Fraction(*numbers),
    "datetime": _moment,
    "date": datetime.date.fromordinal,
    "time": lambda c: datetime.time(c[0], c[1], c[2], c[3], _zone(c[5]), fold=c[4]),
    "timedelta": lambda micro: datetime.timedelta(microseconds=micro),
    "deque": lambda c: collections.deque(c[0], c[1]),
    "OrderedDict": lambda keys: collections.OrderedDict.fromkeys(keys),
    "defaultdict": lambda keys: collections.defaultdict(list, dict.fromkeys(keys)),
    "Counter": collections.Counter,
    "Point": lambda numbers: Point(*numbers),
    "Frozen": lambda numbers: Frozen(*numbers),
    "namespace": lambda keys: types.SimpleNamespace(**dict.fromkeys(keys, 1)),
    "path": lambda parts: pathlib.PurePosixPath(*parts),
    "windows path": lambda parts: pathlib.PureWindowsPath("C:/", *parts),
    "UUID": lambda number: uuid.UUID(int=number),
    "address": ipaddress.ip_address,
    "pattern": lambda flags: re.compile("a.b|c$", flags),
    "partial": lambda numbers: functools.partial(operator.add, *numbers),
    "getter": lambda keys: operator.itemgetter(*keys),
    "array": lambda c: array.array(c[0], [n % 100 for n in c[1]]),
}


def values() -> SearchStrategy[JSON]:
    """Lists of specifications of values of many kinds, sent in one message."""
    from hypothesis import strategies as st

    small = st.integers(-9, 9)
    numbers = st.lists(small, max_size=4)
    letters = st.text("abc", min_size=1, max_size=3)
    keys = st.lists(letters, max_size=4, unique=True)
    zones = st.none() | st.integers(-1439, 1439)
    fold = st.integers(0, 1)
    # Surrogates that stand alone, and NUL, are characters too.
    points = st.integers(0, 0x10FFFF) | st.integers(0xD800, 0xDFFF) | st.just(0)
    contents: dict[str, SearchStrategy[JSON]] = {
        "text": st.lists(points, min_size=1, max_size=8),
        "float": st.integers(0, 2**64 - 1) | st.integers(0x7FF << 52, (0x7FF << 52) + 9),
        "complex": st.integers(0, 2**128 - 1) | st.just(1 << 63),
        "int": st.tuples(st.sampled_from([-1, 1]), st.integers(1, 70_000)).map(list),
        "named": st.sampled_from(sorted(_NAMED)),
        "flags": st.integers(0, 7),
        "range": st.tuples(small, st.integers(), st.integers(1, 9)).map(list),
        "slice": st.lists(st.none() | small, min_size=3, max_size=3),
        "Decimal": st.decimals().map(str),
        "Fraction": st.tuples(st.integers(), st.integers(1)).map(list),
        "datetime": st.tuples(st.integers(2**47, 2**57), fold, zones).map(list),
        "date": st.integers(1, 3_000_000),
        "time": st.tuples(
            st.integers(0, 23),
            st.integers(0, 59),
            st.integers(0, 59),
            st.integers(0, 999),
            fold,
            zones,
        ).map(list),
        "timedelta": st.integers(-(2**56), 2**56),
        "deque": st.tuples(numbers, st.none() | st.integers(0, 5)).map(list),
        "OrderedDict": keys,
        "defaultdict": keys,
        "Counter": letters,
        "Point": st.lists(small, min_size=1, max_size=2),
        "Frozen": st.lists(small, min_size=2, max_size=2),
        "namespace": keys,
        "path": keys,
        "windows path": keys,
        "UUID": st.integers(0, 2**128 - 1),
        "address": st.ip_addresses().map(str),
        "pattern": st.sampled_from([0, int(re.I), int(re.S | re.M)]),
        "partial": st.lists(small, max_size=2),
        "getter": st.lists(small, min_size=1, max_size=2),
        "array": st.tuples(st.sampled_from("bBhHiIlLqQfd"), st.lists(st.integers(0, 99))).map(list),
    }
    kinds = [st.builds(lambda c, k=k: {k: c}, contents[k]) for k in contents]
    return st.lists(st.one_of(kinds), min_size=6, max_size=16)


def build_values(specs: list[JSON]) -> list[Any]:
    """The values that `specs` describe."""
    return [_MADE[kind](content) for spec in specs for kind, content in spec.items()]


def portrait_values(values: Any) -> JSON:
    """Type and text of each value; bits of numbers, the names of what is sent by reference."""
    if type(values) is not list:
        return repr(values)[:400]
    return [_portrait(value) for value in values]


def _portrait(value: Any) -> JSON:
    return [f"{type(value).__module__}.{type(value).__qualname__}", _text(value)]


def _text(value: Any) -> str:
    for name, known in _NAMED.items():
        if value is known or (isinstance(value, types.MethodType) and value == known):
            return f"{name}, the one there is"
    if isinstance(value, float):
        return struct.pack(">d", value).hex()
    if isinstance(value, complex):
        return struct.pack(">2d", value.real, value.imag).hex()
    if isinstance(value, int):
        return hex(value)
    if isinstance(value, str):
        return ascii(value)
    return repr(value)
