"""Functions and classes by value, for those that pickle cannot name: lambdas, local ones.

cloudpickle does it, where it is installed. It is asked after pickle has refused, and for these
objects alone: all else in the message travels as ever.
"""

from __future__ import annotations

import functools
import importlib
import pickle
import sys
from types import FunctionType
from typing import Any


@functools.cache
def pickler() -> type[pickle.Pickler] | None:
    """A Pickler class that sends them by value; None without cloudpickle."""
    try:
        cloudpickle: Any = importlib.import_module("cloudpickle")
    except ImportError:
        return None

    class Pickler(pickle.Pickler):
        def reducer_override(self, value: Any) -> Any:
            if isinstance(value, (FunctionType, type)) and not _has_a_name(value):
                return cloudpickle.loads, (cloudpickle.dumps(value, pickle.HIGHEST_PROTOCOL),)
            return NotImplemented

    return Pickler


def _has_a_name(value: Any) -> bool:
    """Whether the other side finds it by module and name, as pickle asks."""
    found: Any = sys.modules.get(value.__module__)
    for name in value.__qualname__.split("."):
        found = getattr(found, name, None)
    return found is value
