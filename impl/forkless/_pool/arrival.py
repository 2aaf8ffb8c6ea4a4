"""Arrival: what a hub reports about one worker's channel, the same on every system."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from .frames import Frame

C = TypeVar("C")


@dataclass(eq=False)
class Arrival(Generic[C]):
    """`frames` that were completed, then how the channel stands.

    `hung_up`: the worker closed its end (it may still run). `ended`: the process is dead, and
    `frames` holds all that it ever wrote and was not reported yet.
    """

    channel: C
    frames: list[Frame]
    hung_up: bool = False
    ended: bool = False
