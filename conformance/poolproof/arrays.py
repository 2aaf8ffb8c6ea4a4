"""numpy arrays as data: a specification for plans, the array built from it, its portrait.

numpy is imported by the functions that need it, and by nothing else.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from poolproof.plan import JSON
from poolproof.portraits import content, stranger

if TYPE_CHECKING:
    import numpy
    from hypothesis.strategies import SearchStrategy

Spec: TypeAlias = dict[str, JSON]

PLAIN = ("?", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8", "c8", "c16")
# Byte orders, units and lengths are a part of these; a list is a structure of fields.
_SPECIAL = (
    *(">i2", ">u4", ">i8", ">f4", ">f8", ">c16", "<f8"),
    *("M8[ns]", "M8[D]", ">M8[us]", "m8[s]", "m8[25h]"),
    *("S1", "S5", "U3", ">U2", "V1", "V7", "O"),
    [["a", "u1"], ["b", ">f8"]],
    [["x", "f4", [2, 3]], ["name", "U4"], ["at", "M8[ms]"]],
    [["outer", [["inner", "i2"], ["text", "S3"]]], ["o", "O"]],
)


def specs(
    dtypes: tuple[JSON, ...] = PLAIN, smallest: int = 0, views: bool = True
) -> SearchStrategy[Spec]:
    """Specifications of arrays: `shape` in C or Fortran order, then looked at through `views`."""
    from hypothesis import strategies as st

    view = st.tuples(st.sampled_from(sorted(_VIEWS)), st.integers(0, 3), st.integers(0, 3))
    # Left to itself, Hypothesis draws few elements and no views most of the time.
    sizes = st.integers(smallest, 5)
    looked: SearchStrategy[list[Any]] = st.lists(view.map(list), min_size=1, max_size=3) | st.just(
        []
    )
    return st.fixed_dictionaries(
        {
            "dtype": st.sampled_from(dtypes),
            "shape": st.lists(sizes, min_size=2, max_size=4) | st.lists(sizes, max_size=1),
            "order": st.sampled_from("CF"),
            "views": looked if views else st.just([]),
            "scalar": st.just(False),
            "aligned": st.just(False),
            "seed": st.integers(0, 2**16),
        }
    )


def special() -> SearchStrategy[Spec]:
    """Specifications of arrays, and scalars, of dtypes that are more than a kind and a size."""
    from hypothesis import strategies as st

    changes = st.fixed_dictionaries({"scalar": st.booleans(), "aligned": st.booleans()})
    return st.builds(lambda a, b: a | b, specs((*PLAIN, *_SPECIAL)), changes)


def build(spec: Spec) -> Any:
    """The array that `spec` describes, or its first element where a scalar is asked for."""
    np = _numpy()
    dtype = np.dtype(_described(spec["dtype"]), align=spec["aligned"])
    array = np.zeros(spec["shape"], dtype, spec["order"])
    _fill(array, random.Random(spec["seed"]))
    if spec["scalar"] and dtype.kind != "O":
        return array.ravel()[0] if array.size else np.zeros((), dtype)[()]
    for name, axis, number in spec["views"]:
        if array.ndim:
            array = _VIEWS[name](array, axis % array.ndim, number)
    return array


def portrait(array: Any) -> JSON:
    """What is compared of an array or scalar: type, dtype, shape, order, the bytes of its elements.

    Elements are taken in C order and field by field: what lies between fields means nothing. The
    order of bytes is no trait: numpy itself unpickles some arrays in that of the machine.
    """
    np = _numpy()
    if not isinstance(array, (np.ndarray, np.generic)):
        return stranger(array)
    flags = array.flags
    native = array.dtype.newbyteorder("=")
    return {
        "type": type(array).__name__,
        "dtype": repr(native),
        "shape": list(array.shape),
        "order": "F" if flags.f_contiguous and not flags.c_contiguous else "C",
        **content(_elements(np.asarray(array, native))),
    }


def portrait_after_write(array: Any) -> JSON:
    """The portrait of an array, after its first element was written where it lies."""
    told = portrait(array)
    if not isinstance(told, dict):
        return told
    try:
        array[(0,) * array.ndim] = 1
    except ValueError as error:
        return told | {"write": str(error)}
    return told | {"write": str(array[(0,) * array.ndim])}


def _numpy() -> Any:
    import numpy

    return numpy


def _described(dtype: JSON) -> Any:
    if isinstance(dtype, str):
        return dtype
    return [(name, _described(of), *map(tuple, shape)) for name, of, *shape in dtype]


def _fill(array: numpy.ndarray[Any, Any], rng: random.Random) -> None:
    if array.dtype.names:
        for name in array.dtype.names:
            _fill(array[name], rng)
        return
    fill = _FILLS.get(array.dtype.kind)
    if fill is not None:
        for index in _numpy().ndindex(array.shape):
            array[index] = fill(rng, array.dtype)
        return
    raw = rng.randbytes(math.prod(array.shape) * array.dtype.itemsize)
    array[...] = _numpy().frombuffer(raw, array.dtype).reshape(array.shape)


def _elements(array: numpy.ndarray[Any, Any]) -> bytes:
    if array.dtype.names:
        return b"".join(_elements(array[name]) for name in array.dtype.names)
    if array.dtype.hasobject:
        return repr(array.tolist()).encode()
    return array.tobytes()


_OBJECTS = (None, 1, "text", 1.5, b"raw", frozenset({2}))
# Of the other kinds, any bytes are a value.
_FILLS: dict[str, Callable[[random.Random, Any], Any]] = {
    "b": lambda rng, _: rng.random() < 0.5,
    "O": lambda rng, _: rng.choice(_OBJECTS),
    "U": lambda rng, dtype: "".join(
        chr(rng.randrange(1, 0xD800)) for _ in range(dtype.itemsize // 4)
    ),
}
_VIEWS: dict[str, Any] = {
    "transpose": lambda a, axis, n: a.swapaxes(axis, n % a.ndim),
    "step": lambda a, axis, n: a[(slice(None),) * axis + (slice(n, None, 1 + n),)],
    "flip": lambda a, axis, n: a[(slice(None),) * axis + (slice(None, None, -1 - n % 2),)],
    "select": lambda a, axis, n: (
        a[(slice(None),) * axis + (n % a.shape[axis], ...)] if a.shape[axis] else a
    ),
    "repeat": lambda a, axis, n: _numpy().broadcast_to(a, (n, *a.shape)),
}
