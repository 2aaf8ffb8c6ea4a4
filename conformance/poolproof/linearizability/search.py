"""Is there any order of the operations that a sequential object could have followed?

The search of Wing and Gong (https://doi.org/10.1006/jpdc.1993.1015): take as next any operation
that was called before the first of the remaining ones came back, step the model, go back when
nothing fits. Lowe's memo (https://doi.org/10.1002/cpe.3928) cuts what was tried before: the same
operations taken, the same state reached. The list from which operations are lifted out and put back
is that of Porcupine (https://github.com/anishathalye/porcupine).

Operations whose end nobody saw stay open to the end, and may be left out. The problem is
NP-complete, so there is a time limit, after which the answer is "unknown".
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from .models import Model, State, Wrong
from .operations import LEGAL, Answer, Operation, by_call

_LOOK_AT_CLOCK = 1024  # steps


def search(operations: Iterable[Operation], model: Model, *, seconds: float = 10.0) -> Answer:
    """Is the history linearizable for `model`? Each of the model's partitions has `seconds`.

    Returns:
        An `Answer` with `order`: a linearization if it is legal and one partition; if it is not,
        the longest one that was found of the partition that is wrong.
    """
    groups = model.partition(operations)
    answers = [_Search(by_call(group), model).run(seconds) for group in groups]
    for answer in sorted(answers, key=lambda answer: answer.legal is None):
        if not answer.legal:
            return answer
    return answers[0] if len(answers) == 1 else LEGAL


@dataclass(eq=False, slots=True)
class _Entry:
    """An operation's call, or its end, in a list of both in the order of time."""

    number: int
    is_call: bool
    before: _Entry | None = field(default=None, repr=False)
    after: _Entry | None = field(default=None, repr=False)
    end: _Entry | None = field(default=None, repr=False)  # of a call


class _Search:
    def __init__(self, operations: list[Operation], model: Model) -> None:
        self._operations = operations
        self._model = model
        self._head = _linked(operations)
        self._open = sum(operation.ended for operation in operations)
        self._taken = 0  # a bit for each operation
        self._path: list[tuple[_Entry, State]] = []
        self._longest: list[int] = []

    def run(self, seconds: float) -> Answer:
        """Search until an order is found, none is left, or the time is over."""
        deadline = time.monotonic() + seconds
        state = self._model.initial
        seen: set[tuple[int, State]] = set()
        entry = self._head.after
        steps = 0
        while self._open:
            steps += 1
            if steps % _LOOK_AT_CLOCK == 0 and time.monotonic() > deadline:
                return Answer(None, f"no answer within {seconds:g} s", order=self._best())
            if entry is not None and entry.is_call:
                following = self._model.step(state, self._operations[entry.number])
                taken = self._taken | 1 << entry.number
                if not isinstance(following, Wrong) and (taken, following) not in seen:
                    seen.add((taken, following))
                    self._take(entry, state)
                    state, entry = following, self._head.after
                else:
                    entry = entry.after
            elif self._path:
                # An operation came back before anything that fits: something taken was wrong.
                state, entry = self._put_back()
            else:
                return self._contradiction()
        return Answer(True, order=tuple(self._operations[e.number] for e, _ in self._path))

    def _take(self, entry: _Entry, state: State) -> None:
        self._path.append((entry, state))
        self._taken |= 1 << entry.number
        _lift(entry)
        if entry.end is not None:
            _lift(entry.end)
            self._open -= 1
        if len(self._path) > len(self._longest):
            self._longest = [taken.number for taken, _ in self._path]

    def _put_back(self) -> tuple[State, _Entry | None]:
        entry, state = self._path.pop()
        self._taken &= ~(1 << entry.number)
        if entry.end is not None:
            _unlift(entry.end)
            self._open += 1
        _unlift(entry)
        return state, entry.after

    def _best(self) -> tuple[Operation, ...]:
        return tuple(self._operations[number] for number in self._longest)

    def _contradiction(self) -> Answer:
        order = self._best()
        taken = set(self._longest)
        left = [op for n, op in enumerate(self._operations) if n not in taken and op.ended]
        stuck = min(left, key=lambda operation: operation.end)
        why = (
            f"no order explains it: {len(order)} of {len(self._operations)} operations can be put "
            f"in one, and then nothing lets {stuck} come back"
        )
        return Answer(False, why, (stuck,), order)


def _linked(operations: list[Operation]) -> _Entry:
    """Calls and ends in the order of time, calls first where stamps are equal; its head."""
    entries: list[tuple[float, bool, _Entry]] = []
    for number, operation in enumerate(operations):
        call = _Entry(number, is_call=True)
        entries.append((operation.call, False, call))
        if operation.ended:
            call.end = _Entry(number, is_call=False)
            entries.append((operation.end, True, call.end))
    entries.sort(key=lambda entry: entry[:2])
    head = last = _Entry(-1, is_call=False)
    for _, _, entry in entries:
        last.after, entry.before = entry, last
        last = entry
    return head


def _lift(entry: _Entry) -> None:
    assert entry.before is not None
    entry.before.after = entry.after
    if entry.after is not None:
        entry.after.before = entry.before


def _unlift(entry: _Entry) -> None:
    assert entry.before is not None
    entry.before.after = entry
    if entry.after is not None:
        entry.after.before = entry
