"""Judges the parts of a round on the machines of a Ray cluster.

Guarantees:
    - A part whose machine is lost is judged again on another one.
    - No part is judged any more once the cluster is left.
Assumes: the pool under test and the same poolproof are installed on every machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import ray
from ray.exceptions import RayError, RayTaskError

from poolproof import parts
from poolproof.parts import Judged, Part
from poolproof.spread import ClusterLost

CORES = 2  # of a part: the budgets of the profiles are made for two
LOOK_S = 10.0  # between looks at whether the cluster still has a machine
_LOSSES = 5  # machines that a part may lose


@contextmanager
def joined(address: str | None) -> Iterator[RayCluster]:
    """The cluster at `address`, or the one that Ray finds, or one of this machine for the time.

    Raises:
        ClusterLost: there is none at `address`.
    """
    try:
        ray.init(address=address, log_to_driver=False)
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise ClusterLost(f"there is no Ray cluster at {address}: {error}") from error
    try:
        cluster = RayCluster()
        try:
            yield cluster
        finally:
            cluster.cancel()
    finally:
        ray.shutdown()


class RayCluster:
    """The cluster that was joined."""

    def __init__(self) -> None:
        self._running: dict[Any, Part] = {}
        cores = min(CORES, max(map(_cores, _machines())))
        self._judge = ray.remote(num_cpus=cores, max_retries=_LOSSES)(parts.judge)

    def is_busy(self) -> bool:
        """Is any part under way?"""
        return bool(self._running)

    def room(self) -> int:
        """How many parts more would begin at once."""
        return sum(_cores(m) // CORES or 1 for m in _machines()) - len(self._running)

    def begin(self, part: Part) -> None:
        """Have it judged somewhere."""
        self._running[self._judge.remote(part)] = part

    def ended(self) -> Iterator[Judged]:
        """Wait until some parts have ended, or a while.

        Raises:
            ClusterLost: a part failed on its machine, or no machine is left.
        """
        done, _ = ray.wait(list(self._running), timeout=LOOK_S)
        for reference in done:
            part = self._running.pop(reference)
            try:
                yield ray.get(reference)
            except RayTaskError as error:
                raise ClusterLost(f"{part.rule}: {error.cause}") from error
            except RayError as error:
                raise ClusterLost(f"{part.rule}: {error}") from error
        if not _machines():
            raise ClusterLost("it has no machine left")

    def cancel(self) -> None:
        """Have nothing judged any more."""
        for reference in self._running:
            ray.cancel(reference, force=True)


def _machines() -> list[dict[str, Any]]:
    return [node for node in ray.nodes() if node["Alive"]]


def _cores(machine: dict[str, Any]) -> int:
    return int(machine["Resources"].get("CPU", 0))
