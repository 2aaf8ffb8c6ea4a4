"""A register whose writes are all different, decided in n log n.

Gibbons and Korach (https://doi.org/10.1137/S0097539794279614): a value, its write and its reads are
one cluster, and an order of the operations is an order of the clusters. Value *a* must come before
*b* if some operation on *a* ended before some operation on *b* was called. The history is
linearizable exactly if no read ended before its write was called, and no two values must each come
before the other.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from .operations import LEGAL, NEVER, Answer, Operation, illegal

_ALWAYS = -NEVER


@dataclass(slots=True)
class _Cluster:
    """All operations on one value, as the earliest end and the latest call among them."""

    write: Operation
    first_ended: Operation
    last_called: Operation

    def add(self, read: Operation) -> None:
        if read.end < self.first_ended.end:
            self.first_ended = read
        if read.call > self.last_called.call:
            self.last_called = read


def register(operations: Iterable[Operation], initial: Any = None) -> Answer:
    """Is a history of ``write(value)`` and ``read() -> value`` linearizable?

    Values are hashable, and no two writes write the same one, nor `initial`.

    Raises:
        ValueError: two writes of one value, or an operation of another name.
    """
    clusters, reads = _written(operations, initial)
    for read in reads:
        cluster = clusters.get(read.result)
        if cluster is None:
            return illegal(f"{read}, and nobody ever wrote that", read)
        if read.end < cluster.write.call:
            return illegal(f"{read} ended before {cluster.write} began", read, cluster.write)
        cluster.add(read)
    return _ordered(list(clusters.values()))


def _written(
    operations: Iterable[Operation], initial: Any
) -> tuple[dict[Hashable, _Cluster], list[Operation]]:
    first = Operation("write", _ALWAYS, _ALWAYS, initial, process="the initial state")
    clusters = {initial: _Cluster(first, first, first)}
    reads = []
    for operation in operations:
        if operation.name == "read":
            if operation.ended:
                reads.append(operation)
        elif operation.name != "write":
            raise ValueError(f"{operation}: a register has 'read' and 'write'")
        elif operation.argument in clusters:
            other = clusters[operation.argument].write
            raise ValueError(f"{other} and {operation} write one value; it must be unique")
        else:
            clusters[operation.argument] = _Cluster(operation, operation, operation)
    return clusters, reads


def _ordered(clusters: list[_Cluster]) -> Answer:
    """Is there a pair of clusters of which each must come before the other?

    A cluster is a stretch of time from its first end to its last call, or backward where all its
    operations overlap. Two that contradict each other are two forward ones that overlap, or a
    backward one within a forward one.
    """
    forward = sorted(
        (c for c in clusters if c.first_ended.end < c.last_called.call),
        key=lambda cluster: cluster.first_ended.end,
    )
    for one, other in pairwise(forward):
        if other.first_ended.end < one.last_called.call:
            return _contradiction(one, other)
    starts = [cluster.first_ended.end for cluster in forward]
    for cluster in clusters:
        place = bisect_left(starts, cluster.last_called.call) - 1
        around = forward[place] if place >= 0 else cluster
        if around is not cluster and cluster.first_ended.end < around.last_called.call:
            return _contradiction(around, cluster)
    return LEGAL


def _contradiction(one: _Cluster, other: _Cluster) -> Answer:
    a, b = one.write.argument, other.write.argument
    return illegal(
        f"{one.first_ended} ended before {other.last_called} began, so value {a!r} came before "
        f"{b!r}; but {other.first_ended} ended before {one.last_called} began, so {b!r} came "
        f"before {a!r}",
        one.first_ended, other.last_called, other.first_ended, one.last_called,
    )  # fmt: skip
