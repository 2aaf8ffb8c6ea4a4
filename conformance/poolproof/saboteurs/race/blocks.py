"""Pools that take back too early what a message holds."""

from __future__ import annotations

from dataclasses import replace
from multiprocessing.synchronize import SemLock
from typing import Any

from poolproof_reports.results import Outcome

from poolproof.saboteurs.data.spoiling import is_array
from poolproof.saboteurs.honest import Before, bad_pool, honest_context, in_workers

_DEPTH = 4  # blocks of one size
_blocks: dict[int, list[Any]] = {}


def _into_a_ring(value: Any) -> Any:
    """Arrays of one size lie in as many blocks in turn, whoever still looks at the first."""
    if not is_array(value):
        return value
    ring = _blocks.setdefault(value.nbytes, [])
    if len(ring) < _DEPTH:
        ring.append(value.copy())
    else:
        ring.append(ring.pop(0))
        ring[-1][...] = value
    return ring[-1][:]


def _dropped(value: Any) -> Any:
    if isinstance(value, SemLock):
        raise FileNotFoundError("the lock's sender has dropped it")
    return value


def _sendable(_start_method: str) -> Any:
    """The context whose locks can be sent; those of fork's cannot."""
    return honest_context("forkless")


_dropping = bad_pool(
    "RACE-19",
    "drops-locks-with-their-sender",
    "A lock that was sent is gone when its task runs.",
    "the lock's sender has dropped it",
    in_workers(Before, _dropped),
    Outcome.UNSUPPORTED,
)

SABOTEURS = (
    bad_pool(
        "RACE-18",
        "reuses-blocks-early",
        "An argument lies in a block that is used again four arguments of that size later.",
        "a worker kept the argument",
        in_workers(Before, _into_a_ring),
    ),
    replace(_dropping, subject=replace(_dropping.subject, context=_sendable)),
)
