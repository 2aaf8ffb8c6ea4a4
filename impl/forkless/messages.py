"""What server, spares and clients say to each other over their links.

A link is a private pair of connected ends that was inherited: it has no name, and so no door at
which a stranger could knock (https://github.com/python/cpython/issues/97514).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .recipe import Recipe


@dataclass(frozen=True)
class Hello:
    """First word of the process that started the server."""

    pid: int
    reserve: int
    maker: str


@dataclass(frozen=True)
class Start:
    """Ask for a process: the answer is Given with its ends, or Refused."""

    recipe: Recipe
    environ: Mapping[str, str]
    daemon: bool


@dataclass(frozen=True)
class Given:
    """A process is yours; its ends follow."""

    pid: int
    warm: bool


@dataclass(frozen=True)
class Refused:
    """No process can be made by this recipe, and why."""

    reason: str


@dataclass(frozen=True)
class Warm:
    """Ask that spares of this recipe be kept from now on."""

    recipe: Recipe
    environ: Mapping[str, str]


@dataclass(frozen=True)
class AwaitWarm:
    """Wait until *count* spares of the recipe are ready: Done, Refused, or Late at the deadline."""

    recipe: Recipe
    count: int
    seconds: float


@dataclass(frozen=True)
class SetReserve:
    """Keep that many spares."""

    size: int


@dataclass(frozen=True)
class NewLink:
    """Ask for one more link of one's own, to wait on without holding up others."""


@dataclass(frozen=True)
class AskStatus:
    """Ask for a Status."""


@dataclass(frozen=True)
class ShutDown:
    """End the server and its unused spares now."""


@dataclass(frozen=True)
class Done:
    """It is done."""


@dataclass(frozen=True)
class Late:
    """The deadline came first."""

    ready: int


@dataclass(frozen=True)
class Status:
    """What a server holds: its own pid, its spares, and how starts were served.

    *template_pid* is that of the process that spares are forked from, None where there is none.
    """

    server_pid: int | None = None
    template_pid: int | None = None
    ready: tuple[int, ...] = ()
    warming: tuple[int, ...] = ()
    children: tuple[int, ...] = ()
    reserve: int = 0
    hits: int = 0
    cold_starts: int = 0


@dataclass(frozen=True)
class Ready:
    """A spare's preload is done."""


@dataclass(frozen=True)
class Failed:
    """A spare's preload failed: *fatal* if no process can be made by this recipe."""

    reason: str
    fatal: bool


@dataclass(frozen=True)
class Fork:
    """Ask a template for a spare: its ends follow, and the answer is Forked."""


@dataclass(frozen=True)
class Forked:
    """A spare was forked."""

    pid: int


@dataclass(frozen=True)
class Ended:
    """What was forked has ended."""

    pid: int
    exit_code: int


@dataclass(frozen=True)
class Unfit:
    """Nothing may be forked from this template, and why."""

    reason: str


@dataclass(frozen=True)
class Retire:
    """Tell a template to fork no more, and to end with the last spare it forked."""
