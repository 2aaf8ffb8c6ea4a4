"""Locks and semaphores, decided in n log n.

An acquire that succeeded took its place by the time it came back; a release gave one by the time it
came back, and at the earliest when it was called. A history is linearizable exactly if there are
enough places at every instant even so: each acquire as late as can be, each release as early.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from itertools import pairwise

from .models import lock as lock_model
from .models import semaphore as semaphore_model
from .operations import LEGAL, NEVER, Answer, Operation, by_call, illegal
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

    Its holds, each from the end of an acquire to the call of the release that the same process
    called next, must not overlap. (Counting places would not do: one process's release at the very
    instant of its acquire would make room before anybody had taken any.)

    Raises:
        ValueError: an operation of another name, or two of one process at a time.
    """
    found = list(operations)
    _known(found)
    holds = _holds(found)
    wrong = holds if isinstance(holds, Answer) else _overlapping(holds)
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


@dataclass(frozen=True, slots=True)
class _Hold:
    """What a process held, for certain, from the end of an acquire to the call of a release."""

    taken: Operation
    given: Operation | None

    @property
    def until(self) -> float:
        return NEVER if self.given is None else self.given.call


def _holds(found: list[Operation]) -> list[_Hold] | Answer:
    """The holds of every process; or the answer, if one released what it did not hold."""
    owners: dict[Hashable, list[Operation]] = defaultdict(list)
    for operation in by_call(found):
        owners[operation.process].append(operation)
    holds = []
    for mine in owners.values():
        for one, other in pairwise(mine):
            if other.call < one.end:
                raise ValueError(f"{one} and {other} overlap, though one process called both")
        taken: Operation | None = None
        for operation in mine:
            if operation.name == "release":
                if taken is None and operation.ended:
                    return illegal(f"{operation}, which did not hold it", operation)
                if taken is not None:
                    holds.append(_Hold(taken, operation))
                taken = None
            elif operation.ended and operation.result:
                if taken is not None:
                    holds.append(_Hold(taken, None))  # no lock is taken twice by its holder
                taken = operation
        if taken is not None:
            holds.append(_Hold(taken, None))
    return holds


def _overlapping(holds: list[_Hold]) -> Answer | None:
    """Two holds of which one began while the other went on."""
    ordered = sorted(holds, key=lambda hold: (hold.taken.end, hold.until))
    for one, other in pairwise(ordered):
        if other.taken.end < one.until:
            released = "never released it" if one.given is None else "released it only later"
            return illegal(
                f"{other.taken} came back after {one.taken} had, whose process {released}",
                one.taken, other.taken,
            )  # fmt: skip
    return None
