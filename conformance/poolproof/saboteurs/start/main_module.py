"""Wrong contexts for START: the main module or the interpreter is not the caller's."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from poolproof.saboteurs.contexts import (
    SpoiledContext,
    SpoiledProcess,
    bad_children,
    bad_context,
)


def _lose_main() -> None:
    names = vars(sys.modules["__main__"])
    if "Worker" in names:
        del names["run"]


class _Silent(SpoiledProcess):
    def start(self) -> None:
        if not _unguarded():
            self.honest.start()

    def join(self, timeout: float | None = None) -> None:
        if self.honest.pid is not None:
            self.honest.join(timeout)


def _unguarded() -> bool:
    path = getattr(sys.modules["__main__"], "__file__", None)
    return path is not None and "__name__" not in Path(path).read_text(encoding="utf-8")


class _StartsNothing(SpoiledContext):
    def Process(self, **options: Any) -> Any:
        return _Silent(self.honest.Process(**options))


def _warn_again() -> None:
    sys.warnoptions.clear()


def _forget_options() -> None:
    known = ("dev", "utf8", "faulthandler", "tracemalloc")
    for name in [name for name in sys._xoptions if name not in known]:
        del sys._xoptions[name]


SABOTEURS = (
    bad_children(
        "START-18",
        "loses-a-function-of-main",
        "In a child of a main module with a Worker its function run() is gone.",
        "child of a main module(s) never ran",
        _lose_main,
    ),
    bad_context(
        "START-19",
        "starts-nothing-unguarded",
        "In a main module without guard start() does nothing, in silence.",
        "names no RuntimeError",
        _StartsNothing,
    ),
    bad_children(
        "START-38",
        "forgets-warning-filters",
        "In a child sys.warnoptions is empty.",
        "warnoptions is",
        _warn_again,
    ),
    bad_children(
        "START-41",
        "forgets-options",
        "In a child some -X options are missing.",
        "xoptions is",
        _forget_options,
    ),
)
