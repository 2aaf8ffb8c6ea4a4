"""numpy arrays and scalars."""

from __future__ import annotations

from poolproof import arrays, portraits
from poolproof.drivers import capabilities as can
from poolproof.rule import Kind, Level, Rule
from poolproof.rules.data import both_ways

_NUMPY = frozenset({can.NUMPY})
_PICKLE = "https://numpy.org/doc/stable/reference/generated/numpy.ndarray.__reduce_ex__.html"
_VALUES = portraits.differ("type", "dtype", "shape", "sha256")

RULES = (
    Rule(
        id="DATA-20",
        title="Arrays arrive bit by bit, however they lie in memory",
        level=Level.MUST,
        kind=Kind.POOL,
        demands="dtype, shape and the bytes of the elements are the same on the other side: for "
        "booleans, integers, floats and complex numbers, in C and Fortran order, transposed, "
        "strided, reversed, broadcast, without elements and without dimensions.",
        source=_PICKLE,
        triage=(
            "the buffer is sent as if it were contiguous",
            "a stride below 0, where the first element is not the first byte",
        ),
        plans=lambda: both_ways.plans(arrays.specs(), 8),
        run=both_ways.sends(arrays.build, arrays.portrait),
        check=both_ways.check(_VALUES),
        needs=_NUMPY,
        after=("RES-01",),
    ),
    Rule(
        id="DATA-21",
        title="Arrays and scalars of any dtype keep their type and values",
        level=Level.MUST,
        kind=Kind.POOL,
        demands="Structures (nested, with subarrays, aligned), dates and time spans with their "
        "units, strings, raw bytes, objects and big-endian numbers arrive with their values and "
        "dtype, in arrays and as scalars: numpy.float32 stays that. (Only the order of bytes may "
        "become the machine's, which is what numpy itself does with some.)",
        source="https://numpy.org/doc/stable/reference/arrays.dtypes.html",
        triage=(
            "a dtype sent by its character: no byte order, no unit, no fields",
            "objects sent as pointers",
            "scalars made Python numbers, or arrays without dimensions",
        ),
        plans=lambda: both_ways.plans(arrays.special(), 8),
        run=both_ways.sends(arrays.build, arrays.portrait),
        check=both_ways.check(_VALUES),
        needs=_NUMPY,
        after=("DATA-20",),
    ),
    Rule(
        id="DATA-22",
        title="An array in Fortran order stays in it",
        level=Level.SHOULD,
        kind=Kind.POOL,
        demands="An array that is contiguous in Fortran order arrives so, as pickle keeps it: what "
        "BLAS takes as it is needs no copy on the other side.",
        source="https://numpy.org/doc/stable/reference/generated/numpy.ndarray.flags.html",
        triage=("ascontiguousarray() before sending", "the bytes without the order they are in"),
        plans=lambda: both_ways.plans(arrays.specs(smallest=2, views=False)),
        run=both_ways.sends(arrays.build, arrays.portrait),
        check=both_ways.check(portraits.differ("order")),
        needs=_NUMPY,
        after=("DATA-20",),
    ),
    Rule(
        id="DATA-38",
        title="Arrays that arrive can be written to",
        level=Level.SHOULD,
        kind=Kind.POOL,
        demands="A task can write to an array it got, and the caller to one that it got back, as "
        "to one that was unpickled.",
        source="https://peps.python.org/pep-0574/#mutability",
        triage=("a view of a message or of shared memory that is read-only",),
        plans=lambda: both_ways.plans(arrays.specs(smallest=1, views=False)),
        run=both_ways.sends(arrays.build, arrays.portrait_after_write),
        check=both_ways.check(portraits.differ("write")),
        needs=_NUMPY,
        after=("DATA-20",),
    ),
)
