"""A last-in first-out stack of unique values, decided in n log n a level of nesting.

What makes it exact:

- A value whose push and pop overlap can go in and out at one instant, and disturbs nobody.
- Where nothing is certainly inside, the stack can have been empty: what was pushed before that
  instant and popped after it can be popped at it, or pushed at it. So each stretch of time
  throughout which something is inside (see `stays`) is decided by itself.
- Throughout such a stretch the stack is never empty, so one value lies at its bottom from beginning
  to end: one that was called to be pushed when the stretch began, and not yet popped when it ended.
  Any such value can lie there, for at the bottom it is in nobody's way. Without it, the others
  must be linearizable by themselves.
"""

from __future__ import annotations

from collections.abc import Iterable

from .containers import decided_or_searched
from .models import stack as model
from .operations import LEGAL, Answer, Operation, illegal
from .stays import Container, Stay, Stretch, never_empty, stretches


def stack(operations: Iterable[Operation], *, seconds: float = 10.0) -> Answer:
    """Is a history of ``push(value)`` and ``pop() -> value, or None if empty`` linearizable?

    A pop whose end nobody saw may have taken any value. Where that decides, a search does, for at
    most `seconds`.

    Raises:
        ValueError: two pushes of one value, a push of None, or an operation of another name.
    """
    return decided_or_searched(
        operations, model(), put="push", get="pop", decided=_decided, seconds=seconds
    )


def _decided(container: Container) -> Answer:
    full = stretches(container.stays)
    wrong = never_empty(container.empties, full)
    if wrong is not None:
        return wrong
    while full:
        stretch = full.pop()
        above = [stay for stay in stretch.stays if not _at_bottom(stay, stretch)]
        if len(above) == len(stretch.stays):
            return _bottomless(stretch)
        full += stretches(above)
    return LEGAL


def _at_bottom(stay: Stay, stretch: Stretch) -> bool:
    return stay.put.call <= stretch.start and stretch.end <= stay.gone


def _bottomless(stretch: Stretch) -> Answer:
    """No value was inside from beginning to end: name those that began and ended it."""
    first = min(stretch.stays, key=lambda stay: stay.since)
    last = max(stretch.stays, key=lambda stay: stay.until)
    until = "ever since" if last.got is None else f"until {last.got} began"
    return illegal(
        f"from the end of {first.put} the stack was never empty, {until}; but each value was "
        "pushed later than that or popped earlier, so none can have been at its bottom",
        first.put, *([first.got] if first.got else []), last.put,
        *([last.got] if last.got else []),
    )  # fmt: skip
