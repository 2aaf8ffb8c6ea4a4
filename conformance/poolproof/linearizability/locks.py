"""Locks and semaphores, decided in n log n.

An acquire that succeeded took its place by the time it came back; a release gave one by the time it
came back, and at the earliest when it was called. A history is linearizable exactly if there are
enough places at every instant even so: each acquire as late as can be, each release as early.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable
from itertools import pairwise

from .models import lock as lock_model
from .models import semaphore as semaphore_model
from .operations import LEGAL, Answer, Operation, by_call, illegal
from .search import search


def semaphore(operations: Iterable[Operation], places: int = 1, *, seconds: float = 10.0) -> Answer:
    """Is a history of ``acquire() -> bool`` and ``release()``, by anybody, linearizable?

    An acquire that gave up (False) must have met an instant without a place. Where one did, a
    search decides, for at most `seconds`.

    Raises:
        ValueError: an operation of another name.
    """
    found = list(operations)
    _known(found)
    wrong = _too_many(found, places)
    if wrong is not None:
        return wrong
    if any(_gave_up(operation) for operation in found):
        return search(found, semaphore_model(places), seconds=seconds)
    return LEGAL


def lock(operations: Iterable[Operation], *, seconds: float = 10.0) -> Answer:
    """The same for a lock that only the process which holds it may release.

    Raises:
        ValueError: an operation of another name, or two of one process at a time.
    """
    found = list(operations)
    _known(found)
    wrong = _released_by_strangers(found) or _too_many(found, 1)
    if wrong is not None:
        return wrong
    if any(_gave_up(operation) for operation in found):
        return search(found, lock_model(), seconds=seconds)
    return LEGAL


def _known(found: list[Operation]) -> None:
    for operation in found:
        if operation.name not in ("acquire", "release"):
            raise ValueError(f"{operation}: a lock has 'acquire' and 'release'")


def _gave_up(operation: Operation) -> bool:
    return operation.name == "acquire" and operation.ended and not operation.result


def _too_many(found: list[Operation], places: int) -> Answer | None:
    """The first acquire that came back when all places were certainly taken."""
    taken = [o for o in found if o.name == "acquire" and o.ended and o.result]
    given = sorted(o.call for o in found if o.name == "release")
    free, back = places, 0
    inside: list[Operation] = []
    for acquire in sorted(taken, key=lambda operation: operation.end):
        while back < len(given) and given[back] <= acquire.end:
            free += 1
            back += 1
        free -= 1
        inside.append(acquire)
        if free < 0:
            return illegal(
                f"{acquire} was number {len(inside)} to come back, of {places} place(s), and until "
                f"then {back} release(s) had been called",
                *inside[-places - 1 :],
            )
    return None


def _released_by_strangers(found: list[Operation]) -> Answer | None:
    """A release by a process that does not hold the lock."""
    owners: dict[Hashable, list[Operation]] = defaultdict(list)
    for operation in by_call(found):
        owners[operation.process].append(operation)
    for mine in owners.values():
        for one, other in pairwise(mine):
            if other.call < one.end:
                raise ValueError(f"{one} and {other} overlap, though one process called both")
        holds = False
        for operation in mine:
            if operation.name == "release":
                if not holds and operation.ended:
                    return illegal(f"{operation}, which did not hold it", operation)
                holds = False
            elif operation.result or not operation.ended:
                holds = True
    return None
