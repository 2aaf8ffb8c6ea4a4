"""A first-in first-out queue of unique values, decided in n log n.

Henzinger, Sezgin and Vafeiadis (https://doi.org/10.1007/978-3-642-40184-8_18): a history without
open operations is linearizable exactly if every value that came out was put in, and once; no value
came out before one that was put in earlier; and no get found nothing while something was there
throughout.
"""

from __future__ import annotations

from collections.abc import Iterable

from .containers import decided_or_searched
from .models import queue as model
from .operations import LEGAL, Answer, Operation, illegal
from .stays import Container, Stay, never_empty, stretches


def queue(operations: Iterable[Operation], *, seconds: float = 10.0) -> Answer:
    """Is a history of ``put(value)`` and ``get() -> value, or None if empty`` linearizable?

    A get whose end nobody saw may have taken any value. Where that decides, a search does, for at
    most `seconds`.

    Raises:
        ValueError: two puts of one value, a put of None, or an operation of another name.
    """
    return decided_or_searched(
        operations, model(), put="put", get="get", decided=_decided, seconds=seconds
    )


def _decided(container: Container) -> Answer:
    wrong = _overtaken(container.stays)
    wrong = wrong or never_empty(container.empties, stretches(container.stays))
    return wrong or LEGAL


def _overtaken(stays: list[Stay]) -> Answer | None:
    """Did a value come out before one that had been put in before it?"""
    ahead = sorted(stays, key=lambda stay: stay.since)
    last: Stay | None = None  # to be got, of those put in before the one that is looked at
    passed = 0
    for stay in sorted(stays, key=lambda stay: stay.put.call):
        while passed < len(ahead) and ahead[passed].since < stay.put.call:
            if last is None or ahead[passed].until > last.until:
                last = ahead[passed]
            passed += 1
        if last is not None and stay.got is not None and stay.gone < last.until:
            late = "nobody got it" if last.got is None else f"{last.got} began later"
            return illegal(
                f"{last.put} ended before {stay.put} began, so {last.value!r} was ahead of "
                f"{stay.value!r}; but {stay.got} ended, and {late}",
                last.put, stay.put, stay.got, *([last.got] if last.got else []),
            )  # fmt: skip
    return None
