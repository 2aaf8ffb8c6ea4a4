"""How a spare comes into being: the seam between the server and the system.

Creating a process anew works everywhere, and what is made may hold what does not survive a fork
(threads, OpenMP pools, a CUDA context). Where a template can fork spares (`maker_linux`), that is
faster and shares memory.

Assumes: the server's main thread alone calls a maker.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Mapping
from typing import Protocol

from .launch import launch
from .messages import FORK, Warm
from .recipe import Recipe
from .reserve import Spare
from .system import channel


class CannotMake(Exception):
    """The system gives no new process."""


class Maker(Protocol):
    """Makes spares that begin to warm up at once."""

    def make(self, recipe: Recipe, environ: Mapping[str, str]) -> Spare:
        """A new spare; raises CannotMake when the system gives none."""

    @property
    def template_pid(self) -> int | None:
        """What spares are forked from, or will be once it is warm."""

    def prepared(self, recipe: Recipe, environ: Mapping[str, str]) -> bool:
        """Is it sensible to make spares for the reserve now? If not, a change will be told."""

    def keep(self, wanted: Warm | None) -> None:
        """Only spares of *wanted* are kept from now on: let go of what serves others."""

    def close(self) -> None:
        """End what serves the making of spares."""


class CreateProcess:
    """Makes each spare an interpreter of its own; *kept_open* ends are inherited by all."""

    template_pid = None

    def __init__(self, kept_open: tuple[int, ...]) -> None:
        self._kept_open = kept_open

    def make(self, recipe: Recipe, environ: Mapping[str, str]) -> Spare:
        """A new interpreter; raises CannotMake when the system gives none."""
        try:
            ends = channel.SpareEnds()
        except OSError as error:
            raise CannotMake(f"no ends for a new process: {error}") from error
        try:
            # What a preload prints is kept until somebody is there to read it.
            with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
                process = launch(
                    "spare",
                    (*ends.for_child, *self._kept_open),
                    executable=recipe.executable,
                    flags=recipe.flags,
                    environ=environ,
                    folder=recipe.folder,
                    stdout=out,
                    stderr=err,
                )
        except (OSError, ValueError) as error:  # ValueError: a null byte, or "=" in a name
            ends.abandon()
            raise CannotMake(f"{recipe.executable!r} cannot be started: {error}") from error
        finally:
            ends.launched()
        return Spare(recipe, process, ends, environ=environ)

    def prepared(self, recipe: Recipe, environ: Mapping[str, str]) -> bool:
        """Always."""
        return True

    def keep(self, wanted: Warm | None) -> None:
        """Nothing is held."""

    def close(self) -> None:
        """Nothing is held."""


def choose(name: str, kept_open: tuple[int, ...], changed: Callable[[], None]) -> Maker:
    """The maker of that name, or what there is here; it calls *changed* when it is prepared."""
    if name == FORK and sys.platform == "linux" and hasattr(os, "pidfd_open"):
        from .maker_linux import Templates

        (tracker,) = kept_open
        return Templates(tracker, changed)
    return CreateProcess(kept_open)
