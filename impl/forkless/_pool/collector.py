"""The collector: results of which nobody sees a part, as those of a map, sent many at a time.

To store each by itself, as the outbox does, takes ten times as long as to call a function that
does nothing. A map whose worker dies has failed, whatever its other tasks returned, so there is
nothing to be saved from the worker but which tasks had begun, and what was raised before.

Guarantees
- Each start is visible to the pool before the task begins, in the outbox's page.
- What a task raised is sent before the next one begins, and what the tasks before it returned.
- A result that can change is pickled before the next task begins.
"""

from __future__ import annotations

import marshal
from collections.abc import Callable, Sequence
from typing import Any

from .envelope import LARGE, Sealed
from .frames import Buffer, Kind
from .outbox import BEGUN, VERSION, Outbox
from .plain import ATOMS, SIZED

_SMALL = ATOMS - SIZED
_MOST = 1 << 20  # bytes that are held


class Collector:
    """The worker's side, for one batch."""

    def __init__(self, outbox: Outbox) -> None:
        self._words = outbox.words
        self._line = outbox.line
        self._values: list[Any] = []
        self._first = 0  # position of the first of them
        self._kind = Kind.VALUES
        self._size = 0  # bytes of those that are not small

    @property
    def ended(self) -> int:
        """How many tasks of the batch have ended."""
        return self._first + len(self._values)

    @property
    def is_in_task(self) -> bool:
        """Whether the task that began last has not ended."""
        return bool(self._words[BEGUN] > self.ended)

    def call_each(
        self,
        call: Callable[[Any], Any],
        payloads: Sequence[Any],
        give: Callable[[Any], None],
    ) -> None:
        """Run the next tasks. `give` is called with a result that is not as small as it looks."""
        words, append = self._words, self._values.append
        kind: type | None = None  # of the last small value: to compare is faster than to look up
        for words[BEGUN], payload in enumerate(payloads, self.ended + 1):
            value = call(payload)
            if type(value) is kind:
                append(value)
            elif type(value) in _SMALL:
                append(value)
                kind = type(value)
            else:
                give(value)

    def add(self, value: Any) -> bool:
        """The value of the task that began last; False where it must go by `give`, pickled.

        OSError when the pool is gone.
        """
        if type(value) in SIZED and len(value) < LARGE:
            self._hold(value, len(value))
            return True
        return False

    def give(self, kind: Kind, body: Buffer) -> None:
        """The result of the task that began last, of any kind. OSError when the pool is gone."""
        if len(body) < LARGE and type(body) is not Sealed:
            self._kind = Kind.RESULTS
            self._hold((int(kind), bytes(body)), len(body))
        else:
            self.flush()
            self._line.send(kind, self._first, body)
            self._first += 1

    def _hold(self, result: Any, size: int) -> None:
        self._values.append(result)
        self._size += size
        if self._size > _MOST:
            self.flush()

    def flush(self) -> None:
        """Send what is held. OSError when the pool is gone."""
        if self._values:
            self._line.send(self._kind, self._first, marshal.dumps(self._values, VERSION))
            self._first += len(self._values)
            self._values.clear()
            self._kind = Kind.VALUES
            self._size = 0
