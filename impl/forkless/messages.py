"""What server, spares and clients say to each other over their links.

A link is a private pair of connected ends that was inherited: it has no name, and so no door at
which a stranger could knock (https://github.com/python/cpython/issues/97514).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .recipe import Recipe

# How spares are made: each by itself, or, where that works, forked from a template.
PROCESS, FORK = "process", "fork"


@dataclass(frozen=True)
class Bounds:
    """The fewest and the most spares to wish for; equal, they fix the number."""

    floor: int
    ceiling: int

    def at_least(self, count: int) -> Bounds:
        """These, raised so far that *count* are always wished for."""
        return Bounds(max(self.floor, count), max(self.ceiling, count))


@dataclass(frozen=True)
class Hello:
    """First word of the process that started the server: Done says that it is there.

    Without bounds, the default ones hold.
    """

    pid: int
    program: str
    bounds: Bounds | None
    maker: str


@dataclass(frozen=True)
class Start:
    """Ask for a process: the answer, at once, is Given with its ends, Ordered, or Refused."""

    recipe: Recipe
    environ: Mapping[str, str]
    daemon: bool


@dataclass(frozen=True)
class Given:
    """A process is yours, with its ends."""

    pid: int
    warm: bool


@dataclass(frozen=True)
class Ordered:
    """None is ready, one is being made: Given or Refused follows."""


@dataclass(frozen=True)
class Ends:
    """Windows: handles of process *pid*, to be copied; Done says that they were."""

    pid: int
    handles: tuple[int, ...]


@dataclass(frozen=True)
class Refused:
    """No process can be made by this recipe, and why."""

    reason: str


@dataclass(frozen=True)
class Warm:
    """Ask that spares of this recipe be kept from now on, *count* of them or more."""

    recipe: Recipe
    environ: Mapping[str, str]
    count: int = 0


@dataclass(frozen=True)
class AwaitWarm:
    """Wait until *count* spares of the recipe are ready: Done, Refused, or Late at the deadline."""

    recipe: Recipe
    environ: Mapping[str, str]
    count: int
    seconds: float


@dataclass(frozen=True)
class SetReserve:
    """Keep so many spares; None: as many as by default."""

    bounds: Bounds | None


@dataclass(frozen=True)
class NewLink:
    """Ask for one more link of one's own, to wait on without holding up others: Done brings it."""


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
    """What a server holds, and how starts were served. All lists are of process ids.

    Where no server runs nothing is held, and a Status is empty: its *reserve* is 0, whatever
    `set_reserve()` said for the next server.

    *template_pid* is that of the process that spares are forked from, None where there is none.
    *reserve* is how many spares the server keeps, *wished* how many it would keep if memory were
    endless, and *reason* says why these differ. A start that found no warm spare was a cold one.
    *memory* maps server, template and unused spares to the bytes that each takes (on Linux, what is
    shared is divided among those who share it); it is None unless it was asked for.
    """

    server_pid: int | None = None
    template_pid: int | None = None
    ready: tuple[int, ...] = ()
    warming: tuple[int, ...] = ()
    children: tuple[int, ...] = ()
    reserve: int = 0
    wished: int = 0
    reason: str = ""
    hits: int = 0
    cold_starts: int = 0
    memory: Mapping[int, int] | None = None

    @property
    def hit_rate(self) -> float | None:
        """The share of starts that found a warm spare; None before the first start."""
        starts = self.hits + self.cold_starts
        return self.hits / starts if starts else None

    @property
    def helpers(self) -> tuple[int, ...]:
        """Server, template and spares: what forkless runs beside the program's own processes."""
        singles = tuple(pid for pid in (self.server_pid, self.template_pid) if pid is not None)
        return (*singles, *self.ready, *self.warming)


@dataclass(frozen=True)
class Overview:
    """What a server shows to its user's other programs.

    *program* is ``sys.argv[0]`` of the one that started it, *since* is in seconds since 1970.
    """

    program: str
    client_pid: int
    since: float
    status: Status


@dataclass(frozen=True)
class Device:
    """A CUDA device, as a spare saw it: bytes that are *free*, and *taken* by that spare."""

    free: int
    taken: int


@dataclass(frozen=True)
class Ready:
    """A spare's preload is done, and it has a context on *device*, or none.

    *looked_up* are the names of the variables that it looked up in the environment.
    """

    device: Device | None = None
    looked_up: tuple[str, ...] = ()


@dataclass(frozen=True)
class Failed:
    """A spare's preload failed: *fatal* if no process can be made by this recipe."""

    reason: str
    fatal: bool


@dataclass(frozen=True)
class Fork:
    """Ask a template for a spare with these ends: the answer is Forked."""


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
