"""Wrong pools for numpy arrays."""

from __future__ import annotations

import sys
from typing import Any

from poolproof.saboteurs.data.spoiling import arrives, in_the_caller, is_array
from poolproof.saboteurs.honest import bad_pool


def _forwards(value: Any) -> Any:
    if not is_array(value) or not any(stride < 0 for stride in value.strides):
        return value
    return value[tuple(slice(None, None, -1 if s < 0 else 1) for s in value.strides)]


def _taken_as_native(value: Any) -> Any:
    if not is_array(value) or value.dtype.names or value.dtype.isnative:
        return value
    return value.view(value.dtype.newbyteorder("="))


def _in_seconds(value: Any) -> Any:
    if not is_array(value) or value.dtype.kind not in "mM":
        return value
    return value.view(value.dtype.kind + "8[s]")


def _python_numbers(value: Any) -> Any:
    if "numpy" not in sys.modules or not isinstance(value, sys.modules["numpy"].generic):
        return value
    return value.item()


def _in_c_order(value: Any) -> Any:
    return value.copy("C") if is_array(value) else value


def _read_only(value: Any) -> Any:
    if is_array(value):
        value.flags.writeable = False
    return value


SABOTEURS = (
    bad_pool(
        "DATA-20",
        "reads-forwards",
        "Reversed arrays arrive as if their strides were above 0.",
        "its content",
        in_the_caller(_forwards),
    ),
    bad_pool(
        "DATA-21",
        "takes-bytes-as-native",
        "Big-endian numbers arrive as those of the machine, their bytes in the order they were.",
        "its content",
        in_the_caller(_taken_as_native),
    ),
    bad_pool(
        "DATA-21",
        "counts-seconds",
        "Dates and time spans arrive as if they counted seconds.",
        "its dtype is",
        arrives(_in_seconds),
    ),
    bad_pool(
        "DATA-21",
        "makes-python-numbers",
        "numpy scalars arrive as Python's numbers.",
        "came, and not a",
        arrives(_python_numbers),
    ),
    bad_pool(
        "DATA-22",
        "sorts-into-c-order",
        "Arrays arrive in C order.",
        "its order is C, expected F",
        arrives(_in_c_order),
    ),
    bad_pool(
        "DATA-38",
        "gives-read-only-arrays",
        "Arrays arrive read-only.",
        "its write is assignment destination is read-only",
        arrives(_read_only),
    ),
)
