"""Wrong pools for RES: one step of their lives spoils another."""

from __future__ import annotations

from typing import Any

from poolproof.drivers.base import OpenOptions
from poolproof.saboteurs.honest import Spoiled, SpoiledResult, bad_pool


class _ClosesEarly(Spoiled):
    """close() forgets results that were not read."""

    closed = False

    def close(self) -> None:
        self.closed = True
        self.honest.close()

    def apply_async(self, *args: Any, **options: Any) -> Any:
        return _Forgettable(self.honest.apply_async(*args, **options), self)


class _Forgettable(SpoiledResult):
    def __init__(self, honest: Any, pool: _ClosesEarly) -> None:
        super().__init__(honest)
        self._pool = pool
        self._read = False

    def get(self, timeout: float | None = None) -> Any:
        value = self.honest.get(timeout)
        if self._pool.closed and not self._read:
            return None
        self._read = True
        return value


class _LosesWithTheDead(Spoiled):
    """A worker's death costs the results that nobody has read yet."""

    def __init__(self, options: OpenOptions) -> None:
        super().__init__(options)
        self.results: list[Any] = []

    def apply_async(self, *args: Any, **options: Any) -> Any:
        result = _Mortal(self.honest.apply_async(*args, **options), self)
        self.results.append(result.honest)
        return result


class _Mortal(SpoiledResult):
    def __init__(self, honest: Any, pool: _LosesWithTheDead) -> None:
        super().__init__(honest)
        self._pool = pool

    def get(self, timeout: float | None = None) -> Any:
        value = self.honest.get(timeout)
        return None if any(map(_was_killed, self._pool.results)) else value


def _was_killed(result: Any) -> bool:
    try:
        result.get(0)
    except Exception as error:  # noqa: BLE001 - also "not yet"
        return hasattr(error, "exitcode")
    return False


SABOTEURS = (
    bad_pool(
        "RES-17",
        "closes-early",
        "After close(), results that were not read before are None.",
        "gave null; the model of a pool's life says",
        _ClosesEarly,
    ),
    bad_pool(
        "RES-31",
        "loses-with-the-dead",
        "Once a worker was killed, every result is None.",
        "gave null; the model of a pool's life says",
        _LosesWithTheDead,
    ),
)
