"""The manager thread: it reads results, gives each worker its next batch, and settles.

It runs no user code and never blocks but in `Hub.wait`; what may wait for the system, the keeper
thread does.

Guarantees
- A task whose worker died fails alone, or is repeated if it may be; the worker is replaced.
- A worker that is not done in a task's time is killed, also one that is stopped (SIGSTOP).
- When the manager ends, for whatever reason, everything has settled.
- `post` takes no lock: a finalizer may run anywhere, also in a thread that holds one.

Assumes: `settle` of a sink neither blocks nor runs user code.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from functools import partial

from .arrival import Arrival
from .batch import Batch, Outcome, Verdict
from .crew import Crew
from .deadlines import Deadlines
from .endings import broken, settle_all, terminated
from .errors import TaskTimeout, WorkerDied
from .frames import Frame, Kind
from .keeper import Keeper, Worker
from .ledger import Ending, Ledger, State
from .outbox import outcomes_of, remains
from .outcomes import lost
from .transport import Channel, Hub

_HUNG_UP_GRACE = 5.0  # seconds for a worker that closed its pipe and may be ending


class Manager:
    def __init__(
        self,
        size: int,
        max_batches: int | None,
        keeper: Keeper,
        ledger: Ledger,
        deadlines: Deadlines,
        on_end: Callable[[], None],
        name: str,
    ) -> None:
        self._keeper = keeper
        self._ledger = ledger
        self._deadlines = deadlines
        self._on_end = on_end
        self._mail: deque[Callable[[], None]] = deque()
        hub = Hub()
        self._hub: Hub | None = hub
        self.crew = Crew(
            size, max_batches, keeper, ledger, self.post, self._watch, self._give_up, self._on_loss
        )
        self._thread = threading.Thread(target=self._run, args=(hub,), name=name, daemon=True)

    # -- any thread ---------------------------------------------------------------------------

    def start(self) -> None:
        self._thread.start()

    def join(self) -> None:
        """Wait until all has settled and all processes and threads have ended."""
        if threading.current_thread() is not self._thread:
            self._thread.join()
            self._keeper.join()

    def post(self, call: Callable[[], None]) -> None:
        """Have the manager thread call this soon."""
        self._mail.append(call)
        self.wake()

    def wake(self) -> None:
        """Have the manager thread look at the ledger and the deadlines."""
        hub = self._hub  # None once the manager has ended
        if hub is not None:
            hub.wake()

    def request_termination(self) -> None:
        """Kill the workers and fail what is pending, soon."""
        self.post(partial(self._give_up, terminated, State.TERMINATED))

    # -- the manager thread -------------------------------------------------------------------

    def _run(self, hub: Hub) -> None:
        try:
            while not self._is_finished():
                self._take_turn(hub)
        except BaseException as error:
            # The system failed us (or this module did): nobody may wait for what never comes.
            self._give_up(partial(broken, repr(error)))
            raise
        finally:
            self._hub = None
            hub.close()
            self._keeper.finish()
            self._on_end()

    def _is_finished(self) -> bool:
        ending = self.crew.stopped or self._ledger.ending is not None
        return ending and self.crew.is_gone()

    def _take_turn(self, hub: Hub) -> None:
        """A function of its own, so that no local keeps a result alive during the next wait."""
        for arrival in hub.wait(self._deadlines.next()):
            self._on_arrival(hub, arrival)
        while self._mail:
            self._mail.popleft()()
        for worker in self._deadlines.take_expired():
            self._on_expiry(worker)
        if self._ledger.state is not State.RUNNING:
            self._wind_down()

    def _wind_down(self) -> None:
        if self.crew.stopped or self._ledger.ending is not None:
            return
        if self.crew.is_whole() and self._ledger.is_drained():
            self.crew.stop()

    def _watch(self, worker: Worker) -> Channel:
        assert self._hub is not None
        return self._hub.add(worker.line, worker.process)

    def _on_arrival(self, hub: Hub, arrival: Arrival[Channel]) -> None:
        worker = self.crew.member(arrival.channel)
        if worker is None:
            return
        for frame in arrival.frames:
            self._on_frame(worker, frame)
        if arrival.ended:
            hub.remove(arrival.channel)
            self._deadlines.clear(worker)
            self.crew.on_death(worker)
        elif arrival.hung_up and not worker.retiring:
            worker.hung_up = True
            self._ledger.bar(worker)
            self._deadlines.set(worker, _HUNG_UP_GRACE)

    def _on_frame(self, worker: Worker, frame: Frame) -> None:
        if frame.kind == Kind.READY:
            self.crew.on_ready(worker)
            self._next(worker)
        elif frame.kind == Kind.INITIALIZER_FAILED:
            worker.retiring = True
            self._give_up(partial(Outcome, Verdict.UNREADY, frame.body))
        else:
            self._on_result(worker, frame)

    def _on_result(self, worker: Worker, frame: Frame) -> None:
        batch = worker.batch
        if batch is None:  # terminated meanwhile: the task has settled
            return
        self._deadlines.clear(worker)
        outcomes = outcomes_of(frame, worker.window)
        worker.settled += len(outcomes)
        if worker.settled == len(batch.payloads):
            self._next(worker)  # first: the worker has waited long enough
        batch.sink.settle(batch.first + frame.position, outcomes, frame.kind == Kind.VALUES)

    def _next(self, worker: Worker) -> None:
        self.crew.retire_if_due(worker)
        batch = self._ledger.next_for(worker)
        if batch is not None:
            worker.send(batch)

    # -- posted by other threads that were given a worker ---------------------------------------

    def on_answered(self, worker: Worker) -> None:
        """It has answered another thread, and is to be told what it does next."""
        if self.crew.has(worker):
            self._next(worker)

    def take_over(self, giver: object) -> None:
        """A signal handler raised in the thread of this submission, before or after any line.

        A worker that it left in doubt is killed: that harms its own task alone, if it has begun.
        """
        for worker in self.crew.workers:
            if worker.giver is not giver:
                continue
            if not worker.in_doubt:
                worker.watch()
            elif self._ledger.bar(worker, giver):
                worker.retiring = True
                self.crew.kill(worker)
        for other, batch in self._ledger.mend(self.crew.workers):
            other.send(batch)

    def _on_expiry(self, worker: Worker) -> None:
        if not worker.hung_up:
            worker.overdue = worker.retiring = True
        self.crew.kill(worker)

    def _on_loss(self, worker: Worker) -> None:
        left = remains(worker.page, worker.ticket)
        position = left.reached
        unsent = left.results[worker.settled - left.first :]
        if worker.batch is not None and unsent:
            worker.batch.sink.settle(worker.batch.first + worker.settled, unsent)
            worker.settled += len(unsent)
        if worker.overdue:  # it had the task in hand, begun or not
            position = max(position, worker.settled)
        loss = self._ledger.lose(worker, position)
        for other, batch in loss.given:
            other.send(batch)
        if loss.harmed is not None:
            settle_all(loss.harmed, partial(_loss, worker, loss.harmed))

    def _give_up(self, ending: Ending, state: State | None = None) -> None:
        """The pool is over: kill all workers, and settle all that has not."""
        remains = self._ledger.end(ending, state)
        self.crew.kill_all()
        for stream in remains.streams:  # first: its reader is told once, not once a task
            stream.cut(ending())
        for batch in remains.batches:
            settle_all(batch, ending)


def _loss(worker: Worker, batch: Batch) -> Outcome:
    process, timeout = worker.process, batch.limits.timeout
    if worker.overdue and timeout is not None:
        return lost(TaskTimeout(process.pid, batch.name, timeout))
    return lost(WorkerDied(process.pid, process.exitcode, batch.name))
