"""Wrong pools whose callbacks can do harm."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from poolproof.drivers.base import OpenOptions
from poolproof.saboteurs.fault.base import Results
from poolproof.saboteurs.honest import bad_pool


class _BlamesTasks(Results):
    """The error of a callback becomes that of its task."""

    def __init__(self, options: OpenOptions) -> None:
        super().__init__(options)
        self.raised: dict[int, Exception] = {}

    def apply_async(self, *args: Any, **options: Any) -> Any:
        number = len(self.results)
        for name in {"callback", "error_callback"} & options.keys():
            options[name] = self._watched(options[name], number)
        return super().apply_async(*args, **options)

    def got(self, value: Any, number: int) -> Any:
        if number in self.raised:
            raise self.raised[number]
        return value

    def _watched(self, callback: Callable[[Any], object], number: int) -> Callable[[Any], None]:
        def call(result: Any) -> None:
            try:
                callback(result)
            except Exception as error:  # noqa: BLE001 - whatever a callback raises
                self.raised[number] = error

        return call


SABOTEURS = (
    bad_pool(
        "FAULT-37",
        "blames-a-task-for-its-callback",
        "get() of a task raises what its callback raised.",
        "returned, and its get() raised",
        _BlamesTasks,
    ),
)
