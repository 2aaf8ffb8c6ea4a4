"""What queues and stacks share: an exact decision where there is one, and else a search."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from .models import Model
from .operations import Answer, Operation
from .search import search
from .stays import Container, contain, earliest_loss


def decided_or_searched(
    operations: Iterable[Operation],
    model: Model,
    *,
    put: str,
    get: str,
    decided: Callable[[Container], Answer],
    seconds: float,
) -> Answer:
    """Is a history of puts and gets of unique values linearizable?

    `decided` is exact if every get ended. One whose end nobody saw may have taken any value, or
    none. If the history is legal without it, it is; if it is not even legal with everything taken
    away at the first instant of such a get, it is not; in between, a search decides.

    Raises:
        ValueError: two puts of one value, a put of None, or an operation of another name.
    """
    found = list(operations)
    container = contain(found, put, get)
    if isinstance(container, Answer):
        return container
    answer = decided(container)
    if answer.legal or not container.lost:
        return answer
    at_best = decided(earliest_loss(container))
    return search(found, model, seconds=seconds) if at_best.legal else at_best
