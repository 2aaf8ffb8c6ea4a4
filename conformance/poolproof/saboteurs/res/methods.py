"""Wrong pools for RES: another pool with another start method."""

from __future__ import annotations

from typing import Any

from poolproof.drivers.base import OpenOptions
from poolproof.saboteurs.honest import Spoiled, bad_pool

_REFUSALS = {"forkless": RuntimeError, "spawn": OSError}


class _RefusesByMethod(Spoiled):
    def __init__(self, options: OpenOptions) -> None:
        super().__init__(options)
        self._refusal = _REFUSALS.get(options.start_method, ValueError)
        self._closed = False

    def close(self) -> None:
        self._closed = True
        self.honest.close()

    def apply_async(self, *args: Any, **options: Any) -> Any:
        if self._closed:
            raise self._refusal("closed")
        return self.honest.apply_async(*args, **options)


SABOTEURS = (
    bad_pool(
        "RES-29",
        "refuses-by-method",
        "What a closed pool raises depends on its start method.",
        "a task after close() ends with",
        _RefusesByMethod,
    ),
)
