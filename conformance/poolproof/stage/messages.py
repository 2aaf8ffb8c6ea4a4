"""What the keeper and the stage say to each other: one JSON object a line, on private pipes."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from poolproof.plan import Plan


@dataclass(frozen=True, slots=True)
class Describe:
    """Resolve the pool and say what it declares; opens nothing."""

    pool: str


@dataclass(frozen=True, slots=True)
class Probe:
    """Open the pool with two workers, run one task, close it: is the driver sound?"""

    pool: str
    start_method: str


@dataclass(frozen=True, slots=True)
class RunPlan:
    """Run one plan of one rule, with the journal in `folder`.

    Past `deadline_s` seconds the stage writes the stacks of its threads to `stacks` and goes on.
    """

    rule: str
    plan: Plan
    folder: str
    stacks: str
    deadline_s: float


@dataclass(frozen=True, slots=True)
class End:
    """Close the pools that plans share, and leave."""


Request = Describe | Probe | RunPlan | End
_REQUESTS: dict[str, type[Any]] = {c.__name__: c for c in (Describe, Probe, RunPlan, End)}


@dataclass(frozen=True, slots=True)
class Description:
    """What a pool is, as far as can be seen without opening it."""

    name: str
    version: str
    start_methods: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Probed:
    """What an open pool showed."""

    kind: str
    capabilities: tuple[str, ...]


def encode(request: Request) -> str:
    """The line for a request."""
    return json.dumps({"do": type(request).__name__, "with": asdict(request)})


def decode(line: str) -> Request:
    """The request of a line."""
    message = json.loads(line)
    request: Request = _REQUESTS[message["do"]](**message["with"])
    return request
