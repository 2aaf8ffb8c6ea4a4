"""Wrong pools that find signals of their own among values."""

from __future__ import annotations

from typing import Any

from poolproof.saboteurs.honest import Spoiled, SpoiledResult, bad_pool


class _Unwrapping(SpoiledResult):
    def get(self, timeout: float | None = None) -> Any:
        value = self.honest.get(timeout)
        if _is_failure(value):
            raise value[1]
        return value


class _Unwraps(Spoiled):
    def apply_async(self, *args: Any, **options: Any) -> Any:
        return _Unwrapping(self.honest.apply_async(*args, **options))


def _is_failure(value: Any) -> bool:
    pair = type(value) is tuple and len(value) == 2
    return pair and value[0] is False and isinstance(value[1], Exception)


SABOTEURS = (
    bad_pool(
        "DATA-42",
        "takes-a-pair-for-a-failure",
        "A result of the form (False, exception) is taken for the failure of its task.",
        "submit raised builtins.ValueError",
        _Unwraps,
    ),
)
