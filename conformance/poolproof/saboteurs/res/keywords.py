"""Wrong pools for RES: keyword arguments that get lost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from poolproof.saboteurs.honest import Spoiled, bad_pool
from poolproof.saboteurs.res.making import Task


class _DropsKeywords(Spoiled):
    def apply_async(self, func: Task, args: Any = (), kwds: Any = None, **hooks: Any) -> Any:
        return self.honest.apply_async(func, args, {}, **hooks)


class _TakesTimeouts(Spoiled):
    def apply_async(
        self, func: Task, args: Any = (), kwds: Mapping[str, Any] | None = None, **hooks: Any
    ) -> Any:
        kept = {name: value for name, value in (kwds or {}).items() if name != "timeout"}
        return self.honest.apply_async(func, args, kept, **hooks)


SABOTEURS = (
    bad_pool(
        "RES-14",
        "drops-keywords",
        "Tasks are called without their keyword arguments.",
        "expected",
        _DropsKeywords,
    ),
    bad_pool(
        "RES-14",
        "takes-timeouts",
        "A keyword argument named `timeout` is the pool's own.",
        "timeout",
        _TakesTimeouts,
    ),
)
