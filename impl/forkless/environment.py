"""``os.environ`` as a plain dictionary, which is decoded anew only once it has changed."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from .memo import remembering


def current() -> dict[str, str]:
    """The environment as it is now, not to be changed."""
    return _decoded(dict(os.environ._data))  # type: ignore[attr-defined]


@remembering
def _decoded(raw: Mapping[Any, Any]) -> dict[str, str]:
    names, values = os.environ.decodekey, os.environ.decodevalue
    return {names(name): values(value) for name, value in raw.items()}
