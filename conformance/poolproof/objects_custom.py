"""Objects that say themselves how they are pickled, and objects that hand out their memory.

What pickle makes of one is what pickle makes of that again: a pool may pass objects on through a
process of its own, as one over a manager's queue does.
"""

from __future__ import annotations

import copyreg
import pickle
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from poolproof.plan import JSON
from poolproof.portraits import content, stranger

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


class Reduced:
    """Rebuilt by a function of its own, from half of what it knows."""

    def __init__(self, value: Any, way: str = "made") -> None:
        self.value, self.way = value, way

    def __reduce__(self) -> tuple[Any, ...]:
        return Reduced, (self.value, "rebuilt")


class Stateful:
    """Leaves a part of its state behind, and makes it anew."""

    def __init__(self, value: Any) -> None:
        self.value, self.cache = value, "warm"

    def __getstate__(self) -> Any:
        return {"value": self.value}

    def __setstate__(self, state: Any) -> None:
        self.value, self.cache = state["value"], "made anew"


class Unset:
    """Has a false state, with which `__setstate__` is not called."""

    value: Any = "of the class"

    def __init__(self, value: Any) -> None:
        self.value = value

    def __getstate__(self) -> Any:
        return None

    def __setstate__(self, state: Any) -> None:
        self.value = "set"


class Slotted:
    """Has slots in the place of a __dict__, one of them empty."""

    __slots__ = ("empty", "value")

    def __init__(self, value: Any) -> None:
        self.value = value


class Named:
    """Takes its value by name, and only when it is created."""

    value: Any

    def __new__(cls, *, value: Any) -> Named:
        self = super().__new__(cls)
        self.value = [value]
        return self

    def __getnewargs_ex__(self) -> tuple[Any, ...]:
        return (), {"value": self.value[0]}


class Bag(list[Any]):
    """A list with an attribute."""

    def __init__(self, value: Any) -> None:
        super().__init__([value, value])
        self.value = value


class Table(dict[Any, Any]):
    """A dict with an attribute."""

    def __init__(self, value: Any) -> None:
        super().__init__(key=value)
        self.value = value


class Itemwise:
    """Takes list items and dict items one by one, after it was created."""

    def __init__(self, *values: Any) -> None:
        self.value: list[Any] = [[value, value] for value in values]
        self.named: dict[Any, Any] = {}

    def append(self, item: Any) -> None:
        """An item of the list."""
        self.value.append(item)

    def extend(self, items: Any) -> None:
        """Items of the list."""
        self.value.extend(items)

    def __setitem__(self, key: Any, item: Any) -> None:
        self.named[key] = item

    def __reduce__(self) -> tuple[Any, ...]:
        listed: Iterator[Any] = iter(self.value)
        return Itemwise, (), None, listed, iter({"key": 1}.items())


class Setter:
    """Has its state set by a function that goes with it."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __reduce__(self) -> tuple[Any, ...]:
        return Setter, (None,), self.value, None, None, set_state


def set_state(setter: Setter, state: Any) -> None:
    """Give `setter` what it had."""
    setter.value = _marked("set by a function", state)


class Registered:
    """Pickled as `copyreg` was told."""

    def __init__(self, value: Any) -> None:
        self.value = value


def _reduce_registered(one: Registered) -> tuple[Any, ...]:
    return Registered, (_marked("by copyreg", one.value),)


def _marked(word: str, value: Any) -> Any:
    return value if isinstance(value, list) else [word, value]


copyreg.pickle(Registered, _reduce_registered)


class Single:
    """Of which there is one in each process, found by its name."""

    value = "the one there is"

    def __reduce__(self) -> str:
        return "SINGLE"


SINGLE = Single()


class Selfish:
    """Refers to itself."""

    def __init__(self, value: Any) -> None:
        self.value, self.me = value, self


_MADE: dict[str, Callable[[Any], Any]] = {
    "Reduced": Reduced,
    "Stateful": Stateful,
    "Unset": Unset,
    "Slotted": Slotted,
    "Named": lambda value: Named(value=value),
    "Bag": Bag,
    "Table": Table,
    "Itemwise": Itemwise,
    "Setter": Setter,
    "Registered": Registered,
    "Single": lambda _: SINGLE,
    "Selfish": Selfish,
}


def custom() -> SearchStrategy[JSON]:
    """Lists of specifications `[class, value]`, sent in one message."""
    from hypothesis import strategies as st

    value = st.integers(-9, 9) | st.text("ab", max_size=2)
    one = st.tuples(st.sampled_from(sorted(_MADE)), value).map(list)
    return st.lists(one, min_size=4, max_size=12)


def build_custom(specs: list[JSON]) -> list[Any]:
    """The objects that `specs` describe."""
    return [_MADE[name](value) for name, value in specs]


def portrait_custom(objects: Any) -> JSON:
    """Of each object its type, its value, and whether it is what it claims to be."""
    if type(objects) is not list:
        return stranger(objects)
    return [_portrait(one) for one in objects]


def _portrait(one: Any) -> JSON:
    if type(one).__name__ not in _MADE:
        return stranger(one)
    told = [type(one).__name__, one.value]
    if isinstance(one, Single):
        return [*told, one is SINGLE]
    if isinstance(one, Selfish):
        return [*told, one.me is one]
    if isinstance(one, Slotted):
        return [*told, hasattr(one, "empty")]
    if isinstance(one, (list, dict)):
        return [*told, repr(one)]
    return [*told, sorted(vars(one).items())]


def as_pickled(objects: Any) -> Any:
    """What pickle makes of objects."""
    return pickle.loads(pickle.dumps(objects))


class Exporting:
    """Hands out its memory to pickle, which may send it beside the pickle (PEP 574)."""

    def __init__(self, memory: Any) -> None:
        self.memory = memory

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        if protocol >= 5:
            return Exporting, (pickle.PickleBuffer(self.memory),)
        view = memoryview(self.memory)
        return Exporting, (bytes(view) if view.readonly else bytearray(view),)


_BUFFERS: dict[str, Callable[[bytes], Any]] = {
    "bytes": bytes,
    "bytearray": bytearray,
    "exporting bytes": Exporting,
    "exporting a bytearray": lambda raw: Exporting(bytearray(raw)),
}


def buffers(sizes: tuple[int, ...]) -> SearchStrategy[JSON]:
    """Specifications of memory to send: `{"kind", "size", "seed"}`."""
    from hypothesis import strategies as st

    return st.fixed_dictionaries(
        {
            "kind": st.sampled_from(sorted(_BUFFERS)),
            "size": st.integers(0, 100) | st.sampled_from(sizes),
            "seed": st.integers(0, 255),
        }
    )


def build_buffer(spec: JSON) -> Any:
    """The memory that `spec` describes."""
    from poolproof.tasks_data import content as random_content

    return _BUFFERS[spec["kind"]](random_content(spec["size"], spec["seed"]))


def portrait_buffer(buffer: Any) -> JSON:
    """The type of what came, what is in its memory, and whether that can be written to."""
    if not isinstance(buffer, (bytes, bytearray, Exporting)):
        return stranger(buffer)
    view = memoryview(buffer.memory if isinstance(buffer, Exporting) else buffer)
    told = {"type": type(buffer).__name__, "read-only": view.readonly, **content(bytes(view))}
    if not view.readonly:
        view[:1] = view[:1].tobytes()  # that it can be written to is more than a flag
    return told
