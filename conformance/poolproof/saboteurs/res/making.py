"""How a wrong pool for RES is put together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from poolproof.drivers.base import OpenOptions
from poolproof.saboteurs.honest import Spoiled, SpoiledResult

Task = Callable[..., Any]
Opener = Callable[[OpenOptions], Any]


def with_results(spoiled: type[SpoiledResult]) -> Opener:
    """Opens a pool whose single calls give results of that kind."""

    class Pool(Spoiled):
        def apply_async(self, *args: Any, **options: Any) -> Any:
            return spoiled(self.honest.apply_async(*args, **options))

    return Pool
