"""Wrong contexts for START: what process objects say of their children, and what they allow."""

from __future__ import annotations

import multiprocessing
from dataclasses import dataclass
from typing import Any

from poolproof.saboteurs.contexts import (
    SpoiledContext,
    SpoiledProcess,
    Target,
    bad_context,
    bad_processes,
    bad_targets,
)


class _NoDaemons(SpoiledContext):
    def active_children(self) -> list[Any]:
        return [process for process in self.honest.active_children() if not process.daemon]


class _EarlySentinel(SpoiledProcess):
    _early: Any = None

    def start(self) -> None:
        alone = not multiprocessing.active_children()
        self.honest.start()
        if not alone:
            self._early, far_end = multiprocessing.Pipe(duplex=False)
            far_end.close()

    @property
    def sentinel(self) -> Any:
        return self.honest.sentinel if self._early is None else self._early


class _Closed(SpoiledProcess):
    def close(self) -> None:
        if self.honest.is_alive():
            return
        self.honest.close()


@dataclass(frozen=True)
class _OrdinaryExits:
    """Knows SystemExit with a number, a text or nothing."""

    target: Target

    def __call__(self, *args: Any, **kwargs: Any) -> None:
        try:
            self.target(*args, **kwargs)
        except SystemExit as end:
            if end.code is None or isinstance(end.code, (int, str)):
                raise


SABOTEURS = (
    bad_context(
        "START-23",
        "lists-no-daemons",
        "active_children() leaves out daemonic children.",
        "and active_children() lists",
        _NoDaemons,
    ),
    bad_processes(
        "START-28",
        "has-early-sentinels",
        "The sentinel of a child that is not the only one is ready at once.",
        "children [] have just ended",
        _EarlySentinel,
    ),
    bad_processes(
        "START-29",
        "closes-the-running",
        "close() of a process that runs is no error.",
        "close while running: no error",
        _Closed,
    ),
    bad_targets(
        "START-36",
        "takes-odd-exits-for-good",
        "SystemExit with an object is exit code 0.",
        "has exit code 0, not 1",
        _OrdinaryExits,
    ),
)
