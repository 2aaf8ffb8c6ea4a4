"""How a spare comes into being: the seam between the server and the system.

There is one maker, which creates a process anew: it works everywhere, and what it makes may hold
what does not survive a fork (threads, OpenMP pools, a CUDA context). A template that forks spares
would be another, for systems that can fork.

Assumes: the server's main thread alone calls a maker.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from typing import Protocol

from .launch import launch
from .recipe import Recipe
from .reserve import Spare
from .system import channel


class CannotMake(Exception):
    """The system gives no new process."""


class Maker(Protocol):
    """Makes spares that begin to warm up at once."""

    def make(self, recipe: Recipe, environ: Mapping[str, str]) -> Spare:
        """A new spare; raises CannotMake when the system gives none."""
        ...


class CreateProcess:
    """Makes each spare an interpreter of its own; *kept_open* ends are inherited by all."""

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
                    stdout=out,
                    stderr=err,
                )
        except OSError as error:
            ends.abandon()
            raise CannotMake(f"{recipe.executable!r} cannot be started: {error}") from error
        finally:
            ends.launched()
        return Spare(recipe, process, ends)
