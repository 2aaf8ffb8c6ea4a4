"""Object graphs as data: a specification that a plan can hold, and the object built from it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from poolproof.plan import JSON

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


def build(spec: JSON) -> Any:
    """The object that `spec` describes, in the words of `poolproof.values.describe`.

    One word differs, so that every specification can be built: `{"ref": n}` is one of the lists,
    dicts and finished tuples met so far (number n, counted round), or None when there is none yet.
    A list or a dict that refers to itself, or to what it lies in, is a cycle.
    """
    return _build(spec, [])


def trees() -> SearchStrategy[JSON]:
    """Specifications of nested containers with scalars: no object is in two places."""
    from hypothesis import strategies as st

    return st.recursive(scalars(), _containers, max_leaves=12)


def graphs() -> SearchStrategy[JSON]:
    """Specifications of nested containers with scalars, shared references and cycles."""
    from hypothesis import strategies as st

    references = st.builds(lambda n: {"ref": n}, st.integers(0, 9))
    return st.recursive(scalars() | references, _containers, max_leaves=20)


def scalars() -> SearchStrategy[JSON]:
    """Specifications of None, bool, int, str, float (NaN, infinities, -0.0) and bytes."""
    from hypothesis import strategies as st

    floats = st.floats().map(lambda x: {"float": x.hex()})
    raw = st.sampled_from(["bytes", "bytearray"])
    strings = st.builds(lambda kind, b: {kind: b.hex()}, raw, st.binary(max_size=20))
    return st.none() | st.booleans() | st.integers() | st.text(max_size=10) | floats | strings


def _containers(children: SearchStrategy[JSON]) -> SearchStrategy[JSON]:
    from hypothesis import strategies as st

    keys = st.integers(-9, 9) | st.text(max_size=3)
    rows = st.lists(children, max_size=4)
    # Python keeps one empty tuple, but may or may not keep one empty frozenset.
    members = st.lists(keys, min_size=1, max_size=4, unique=True)
    return st.one_of(
        rows.map(lambda items: {"list": items}),
        rows.map(lambda items: {"tuple": items}),
        st.lists(st.tuples(keys, children).map(list), max_size=4).map(lambda kv: {"dict": kv}),
        members.map(lambda items: {"set": items}),
        members.map(lambda items: {"frozenset": items}),
    )


_RAW: dict[str, Callable[[bytes], Any]] = {"bytes": bytes, "bytearray": bytearray}
_SETS: dict[str, Callable[[list[JSON]], Any]] = {"set": set, "frozenset": frozenset}


def _build(spec: JSON, met: list[Any]) -> Any:
    if not isinstance(spec, dict):
        return spec
    ((kind, content),) = spec.items()
    if kind == "ref":
        return met[content % len(met)] if met else None
    if kind == "float":
        return float.fromhex(content)
    if kind in _RAW:
        return _RAW[kind](bytes.fromhex(content))
    if kind in _SETS:
        return _SETS[kind](content)
    return {"list": _list, "dict": _dict, "tuple": _tuple}[kind](content, met)


def _list(content: list[JSON], met: list[Any]) -> list[Any]:
    made: list[Any] = []
    met.append(made)  # before its items: they may refer to it
    made.extend(_build(item, met) for item in content)
    return made


def _dict(content: list[list[JSON]], met: list[Any]) -> dict[Any, Any]:
    made: dict[Any, Any] = {}
    met.append(made)
    made.update((key, _build(item, met)) for key, item in content)
    return made


def _tuple(content: list[JSON], met: list[Any]) -> tuple[Any, ...]:
    made = tuple(_build(item, met) for item in content)
    met.append(made)  # after its items: it does not exist while they are built
    return made
