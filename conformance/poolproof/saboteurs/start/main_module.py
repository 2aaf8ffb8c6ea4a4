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
    bad_processes,
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


class _ForgetsAttributes(SpoiledContext):
    def base(self) -> Any:
        honest: Any = super().base()

        class Process(honest):  # type: ignore[misc]
            def start(self) -> None:
                own = {name: value for name, value in vars(self).items() if name[0] != "_"}
                for name in own:
                    delattr(self, name)
                try:
                    super().start()
                finally:
                    self.__dict__.update(own)

        return Process


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
    bad_processes(
        "START-19",
        "starts-nothing-unguarded",
        "In a main module without guard start() does nothing, in silence.",
        "names no RuntimeError",
        _Silent,
    ),
    bad_context(
        "START-27",
        "forgets-attributes",
        "The attributes of an object of a derived class do not reach the child.",
        "worker(s) never ran",
        _ForgetsAttributes,
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
