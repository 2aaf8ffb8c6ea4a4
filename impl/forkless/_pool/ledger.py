"""The ledger: which tasks wait, which worker holds which, and whether the pool takes more.

Guarantees
- A task is in the queue or with one worker. Whoever takes it from there, under the lock, gives it
  on or settles it, so it settles once.
- A task is queued again only if its dead worker had not begun it, or if it may be repeated.
- In a fork of the pool's process nothing waits for the lock, which nobody there would release.

Assumes: `claim` of a sink neither blocks nor runs user code.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable
from enum import Enum
from typing import NamedTuple, Protocol

from .batch import Batch, Outcome
from .deadlines import Deadlines
from .forking import forking
from .keeper import Worker

Ending = Callable[[], Outcome]


class State(Enum):
    RUNNING = "running"
    CLOSED = "closed"
    TERMINATED = "terminated"


class OpenStream(Protocol):
    """An imap that may still submit tasks."""

    def cut(self, outcome: Outcome) -> None: ...


class Given(NamedTuple):
    """A batch that a worker was given, and that is to be sent to it, without the lock."""

    worker: Worker
    batch: Batch


class Remains(NamedTuple):
    """What a pool that is over leaves unsettled."""

    streams: list[OpenStream]
    batches: list[Batch]


class Losses(NamedTuple):
    """What the death of a worker means: `harmed` is to be failed, `given` to be sent."""

    harmed: Batch | None
    given: list[Given]


class Answered(NamedTuple):
    """What a worker's answer means, beyond the value. Without a batch, that has settled before."""

    batch: Batch | None
    rests: bool  # else the manager is to say what the worker does next


class Ledger:
    def __init__(self, deadlines: Deadlines) -> None:
        self.state = State.RUNNING
        self.ending: Ending | None = None  # what tasks get from a pool that is over
        self.is_overstaffed = False  # whoever ends a batch next is to retire
        self._deadlines = deadlines
        self._pid = forking.pid
        self._lock = threading.Lock()
        self._pending: deque[Batch] = deque()
        self._idle: list[Worker] = []
        self._streams: set[OpenStream] = set()
        self._busy: set[Worker] = set()  # those with a batch

    # -- any thread ---------------------------------------------------------------------------

    def is_foreign(self) -> bool:
        """Whether this is a fork of the process that made the pool."""
        return forking.pid != self._pid

    def check_open(self) -> None:
        """ValueError when the pool takes no more tasks."""
        if self.state is not State.RUNNING:
            raise ValueError(f"Pool not running: it is {self.state.value}")
        if self.is_foreign():
            raise ValueError(
                f"Pool not running: it belongs to process {self._pid}, this is a fork of it; "
                "make a pool in this process"
            )

    def is_open(self) -> bool:
        return self.state is State.RUNNING

    def admit(self, batches: list[Batch], feeding: bool, giver: object) -> list[Given] | None:
        """Queue batches, all or none; None from a pool that is over, which takes nothing.

        `feeding`: on behalf of a stream that was opened in time. `giver` stands for this call.
        ValueError as in `check_open`.
        """
        if self.is_foreign():
            self.check_open()
        with self._lock:
            if not feeding:
                self.check_open()
            if self.ending is not None:
                return None
            self._pending.extend(batches)
            return self._dispatch(giver)

    def answered(self, worker: Worker) -> Answered:
        """For the thread that was given the worker: its batch, of one task, has its answer."""
        with self._lock:
            batch = worker.batch
            if batch is None:
                return Answered(None, True)
            worker.settled = 1
            leaves = worker.retiring or worker.barred or self.is_overstaffed
            if leaves or self._pending or self.state is not State.RUNNING:
                return Answered(batch, False)
            self._release(worker)
            self._idle.append(worker)
            return Answered(batch, True)

    def open_stream(self, stream: OpenStream) -> Ending | None:
        """A closed pool waits for its open streams. ValueError as in `check_open`."""
        self.check_open()
        with self._lock:
            self.check_open()
            if self.ending is None:
                self._streams.add(stream)
            return self.ending

    def close_stream(self, stream: OpenStream) -> None:
        with self._lock:
            self._streams.discard(stream)

    def withdraw(self) -> list[Batch]:
        """Take back every batch that no worker has begun."""
        with self._lock:
            batches = [batch for batch in self._pending if not batch.claimed]
            self._pending = deque(batch for batch in self._pending if batch.claimed)
        return batches

    def close(self) -> None:
        if self.state is State.RUNNING:
            self._enter(State.CLOSED)

    def terminate(self) -> None:
        self._enter(State.TERMINATED)

    def _enter(self, state: State) -> None:
        if self.is_foreign():
            self.state = state
            return
        with self._lock:  # a batch is admitted before or after, not meanwhile
            if self.state is not State.TERMINATED:
                self.state = state

    # -- the manager thread -------------------------------------------------------------------

    def next_for(self, worker: Worker) -> Batch | None:
        """The worker ended what it held: its next batch. Without one it rests, or retires."""
        with self._lock:
            self._release(worker)
            if self.ending is not None or worker.retiring or worker.barred:
                return None
            batch = self._next_batch()
            if batch is None:
                self._idle.append(worker)
            else:
                self._give(worker, batch, None)
            return batch

    def mend(self, workers: Iterable[Worker]) -> list[Given]:
        """A signal handler raised in `admit` or `answered`, between any two steps.

        Then an idle worker may be in no list, and a batch wait beside it.
        """
        with self._lock:
            self._idle = [
                worker
                for worker in workers
                if worker.ready and not (worker.retiring or worker.barred or worker in self._busy)
            ]
            return self._dispatch()

    def dismiss(self, count: int) -> list[Worker]:
        """Take `count` idle workers out of service, or as many as there are."""
        with self._lock:
            leaving, self._idle = self._idle[:count], self._idle[count:]
            self.is_overstaffed = len(leaving) < count
        return leaving

    def bar(self, worker: Worker, giver: object = None) -> bool:
        """Give this worker nothing more; with `giver`, unless it was given more by another."""
        with self._lock:
            if giver is not None and worker.giver is not giver:
                return False
            worker.barred = True
            if worker in self._idle:
                self._idle.remove(worker)
            return True

    def lose(self, worker: Worker, reached: int) -> Losses:
        """The worker is dead: all up to position `reached` of what it held may have had effects."""
        with self._lock:
            worker.end_leases()
            batch = worker.batch
            self._release(worker)
            if batch is None:
                return Losses(None, [])
            begun = batch.part(worker.settled, reached + 1)
            rest = batch.part(reached + 1)
            may_repeat = begun.limits.retries > 0
            queued = [begun.repeated(), rest] if may_repeat else [rest]
            queued = [part for part in queued if part.payloads]
            self._pending.extendleft(reversed(queued))
            return Losses(
                begun if begun.payloads and not may_repeat else None, self._dispatch(None)
            )

    def is_drained(self) -> bool:
        with self._lock:
            return not (self._pending or self._busy or self._streams)

    def end(self, ending: Ending, state: State | None) -> Remains:
        """The pool is over: from now on it takes and gives nothing. The second time, nothing."""
        with self._lock:
            self.state = state or self.state
            if self.ending is not None:
                return Remains([], [])
            self.ending = ending
            remains = Remains(list(self._streams), list(self._pending))
            for worker in list(self._busy):  # also those that are dead and not buried yet
                if worker.batch is not None:
                    remains.batches.append(worker.batch.part(worker.settled))
                self._release(worker)
            self._pending.clear()
            self._idle.clear()
            return remains

    # -- with the lock ------------------------------------------------------------------------

    def _dispatch(self, giver: object = None) -> list[Given]:
        given = []
        while self._idle and (batch := self._next_batch()) is not None:
            worker = self._idle.pop()  # the one that was busy last: its caches are warm
            self._give(worker, batch, giver)
            given.append(Given(worker, batch))
        return given

    def _next_batch(self) -> Batch | None:
        while self._pending:
            batch = self._pending.popleft()
            if batch.claimed or batch.sink.claim():
                return batch
        return None

    def _give(self, worker: Worker, batch: Batch, giver: object) -> None:
        worker.giver = giver
        worker.in_doubt = giver is not None
        batch.lend(worker)
        self._busy.add(worker)
        worker.batch = batch
        worker.settled = 0
        worker.ticket += 1
        if batch.limits.timeout is not None:
            self._deadlines.set(worker, batch.limits.timeout)

    def _release(self, worker: Worker) -> None:
        self._busy.discard(worker)
        worker.batch = None
