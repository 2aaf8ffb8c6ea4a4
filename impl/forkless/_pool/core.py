"""The core of a pool: which tasks wait, which worker holds what, and how every task settles.

The submitting thread hands a batch straight to an idle worker, or leaves it in the queue; from
then on the manager thread alone decides: it reads results, gives the worker its next batch, and
settles. It runs no user code and never blocks but in `Hub.wait`.

Guarantees
- A task settles once: it is in the queue or with one worker, and whoever takes it from there, under
  the lock, settles it.
- A task is sent again only if its worker died before the task began (the progress page tells).
- A pool whose workers cannot start fails after a few attempts; it does not respawn for ever.
- `request_termination` takes no lock: a finalizer may run anywhere, also in a thread that holds it.

Assumes: `settle` of a sink neither blocks nor runs user code.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Iterable
from enum import Enum
from functools import partial
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from multiprocessing.util import Finalize
from typing import Any, Protocol

from .arrival import Arrival
from .batch import Batch, Outcome, Verdict, progress
from .callbacks import CallbackThread
from .errors import InitializerFailed, PoolError, PoolTerminated, WorkerDied
from .frames import HEADER, Frame, Kind
from .keeper import Keeper, Worker
from .outcomes import lost
from .transport import Channel, Hub, Line

_EARLY_DEATHS = 3  # starts in a row that fail before the pool gives up


class State(Enum):
    RUNNING = "running"
    CLOSED = "closed"
    TERMINATED = "terminated"


class OpenStream(Protocol):
    """An imap that may still submit tasks."""

    def cut(self, outcome: Outcome) -> None: ...


class Core:
    def __init__(
        self,
        context: BaseContext,
        size: int,
        initializer: Callable[..., object] | None,
        initargs: Iterable[Any],
        max_batches: int | None,
        name: str,
    ) -> None:
        self.size = size
        self.state = State.RUNNING
        self.callbacks = CallbackThread(f"{name}-callbacks")
        self._max_batches = max_batches
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._pending: deque[Batch] = deque()
        self._idle: list[Worker] = []
        self._workers: dict[Channel, Worker] = {}
        self._living: list[BaseProcess] = []
        self._streams: set[OpenStream] = set()
        self._unsettled = 0  # batches in the queue or with a worker
        self._starting = 0
        self._dying = 0  # workers that are dead and not yet buried
        self._early_deaths = 0
        self._stopped = False  # all workers were told to end
        self._over: Callable[[], Outcome] | None = None  # what tasks get from a pool that is over
        self._termination_requested = False
        self._mail: deque[Callable[[], None]] = deque()
        self._hub: Hub | None = Hub()
        self._keeper = Keeper(context, initializer, initargs, f"{name}-keeper")
        self._manager = threading.Thread(target=self._manage, name=f"{name}-manager", daemon=True)
        self._at_exit: Any = None

    # -- any thread ---------------------------------------------------------------------------

    def start(self) -> None:
        """Start the workers, then the threads, so that the first workers fork without threads."""
        launched: list[Worker] = []
        try:
            for _ in range(self.size):
                launched.append(self._keeper.launch([one.line for one in launched]))
        except BaseException:
            for one in launched:
                one.process.kill()
                one.process.join()
                one.line.close()
                one.page.close()
            raise
        self._starting = self.size
        self._living = [one.process for one in launched]
        self._mail.extend(partial(self._adopt, one) for one in launched)
        # Before multiprocessing's own exit handler terminates and joins daemonic processes, as
        # that would wait for a worker which is stopped (SIGSTOP) for ever.
        self._at_exit = Finalize(None, self.terminate, exitpriority=15)
        self._keeper.start()
        self._manager.start()
        self._wake()

    def submit(self, batches: list[Batch], feeding: bool = False) -> None:
        """Queue batches, all or none. ValueError when the pool takes no more tasks.

        `feeding`: on behalf of a stream that was opened in time.
        """
        with self._lock:
            if not feeding:
                self.check_open()
            over = self._over
            if over is None:
                self._unsettled += len(batches)
                self._pending.extend(batches)
                send = self._dispatch()
        if over is not None:
            for batch in batches:
                _settle_all(batch, 0, over)
            return
        for worker, ready in send:
            _send(worker, ready)

    def check_open(self) -> None:
        """ValueError when the pool takes no more tasks."""
        if self.state is not State.RUNNING:
            raise ValueError(f"Pool not running: it is {self.state.value}")
        if os.getpid() != self._pid:
            raise ValueError(
                f"Pool not running: it belongs to process {self._pid}, this is a fork of it; "
                "make a pool in this process"
            )

    def open_stream(self, stream: OpenStream) -> None:
        """A closed pool waits for its open streams. ValueError as in `submit`."""
        with self._lock:
            self.check_open()
            over = self._over
            if over is None:
                self._streams.add(stream)
        if over is not None:
            stream.cut(over())

    def close_stream(self, stream: OpenStream) -> None:
        with self._lock:
            self._streams.discard(stream)
        self._wake()

    def withdraw(self) -> list[Batch]:
        """Take back every batch that no worker has begun."""
        with self._lock:
            batches = [batch for batch in self._pending if not batch.claimed]
            self._pending = deque(batch for batch in self._pending if batch.claimed)
            self._unsettled -= len(batches)
        self._wake()
        return batches

    def close(self) -> None:
        with self._lock:
            if self.state is State.RUNNING:
                self.state = State.CLOSED
        self._wake()

    def request_close(self) -> None:
        """Close soon, without waiting and without a lock."""
        self._post(self.close)

    def request_termination(self) -> None:
        """Terminate soon, without waiting and without a lock."""
        self._termination_requested = True
        self._wake()

    def terminate(self) -> None:
        """Kill the workers, fail what is pending, and wait until nothing is left of the pool."""
        with self._lock:
            self.state = State.TERMINATED
        self.request_termination()
        self._join_threads()

    def join(self) -> None:
        """Wait until all tasks have settled and all processes and threads have ended."""
        self._join_threads()
        self.callbacks.join()

    def _join_threads(self) -> None:
        if threading.current_thread() is not self._manager:
            self._manager.join()
            self._keeper.join()

    def processes(self) -> list[BaseProcess]:
        """The worker processes that are not known to be dead."""
        with self._lock:
            return list(self._living)

    def _post(self, call: Callable[[], None]) -> None:
        self._mail.append(call)
        self._wake()

    def _wake(self) -> None:
        hub = self._hub  # None once the manager has ended
        if hub is not None:
            hub.wake()

    # -- with the lock ------------------------------------------------------------------------

    def _dispatch(self) -> list[tuple[Worker, Batch]]:
        """Give waiting batches to idle workers; the caller sends them, without the lock."""
        given = []
        while self._idle and (batch := self._next_batch()) is not None:
            worker = self._idle.pop()  # the one that was busy last: its caches are warm
            _give(worker, batch)
            given.append((worker, batch))
        return given

    def _next_batch(self) -> Batch | None:
        while self._pending:
            batch = self._pending.popleft()
            if batch.claimed or batch.sink.claim():
                return batch
            self._unsettled -= 1
        return None

    # -- the manager thread -------------------------------------------------------------------

    def _manage(self) -> None:
        hub = self._hub
        assert hub is not None
        try:
            while not self._is_finished():
                self._take_turn(hub)
        except BaseException as error:
            # The system failed us (or this module did): nobody may wait for what never comes.
            self._give_up(partial(_broken, repr(error)))
            raise
        finally:
            self._hub = None
            hub.close()
            self._keeper.finish()
            self.callbacks.finish()
            self._at_exit.cancel()

    def _take_turn(self, hub: Hub) -> None:
        """A function of its own, so that no local keeps a result alive during the next wait."""
        for arrival in hub.wait():
            self._on_arrival(hub, arrival)
        while self._mail:
            self._mail.popleft()()
        if self.state is not State.RUNNING or self._termination_requested:
            self._wind_down()

    def _is_finished(self) -> bool:
        ending = self._stopped or self._over is not None
        return ending and not (self._workers or self._starting or self._dying)

    def _wind_down(self) -> None:
        if self._termination_requested:
            self._give_up(_terminated, State.TERMINATED)
            return
        with self._lock:
            drained = not self._unsettled and not self._streams and not self._dying
        if drained and not self._stopped and self._over is None:
            self._stopped = True
            for worker in self._workers.values():
                self._retire(worker)

    def _on_arrival(self, hub: Hub, arrival: Arrival[Channel]) -> None:
        worker = self._workers.get(arrival.channel)
        if worker is None:
            return
        for frame in arrival.frames:
            self._on_frame(worker, frame)
        if arrival.ended:
            self._on_death(hub, worker)
        elif arrival.hung_up and not worker.retiring:
            self._keeper.order_end(worker)

    def _on_frame(self, worker: Worker, frame: Frame) -> None:
        if frame.kind == Kind.READY:
            worker.ready = True
            self._early_deaths = 0
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
        worker.settled += 1
        if worker.settled == len(batch.payloads):
            self._next(worker)  # first: the worker has waited long enough
        batch.sink.settle(batch.first + frame.position, Outcome(frame.kind, frame.body))

    def _next(self, worker: Worker) -> None:
        """The worker is free: give it the next batch, or let it rest or retire."""
        with self._lock:
            if worker.batch is not None:
                worker.batch = None
                self._unsettled -= 1
            if self._over is not None:
                return
            batch = None
            worn_out = worker.ticket == self._max_batches
            if not worn_out:
                batch = self._next_batch()
                if batch is None:
                    self._idle.append(worker)
                else:
                    _give(worker, batch)
        if worn_out or self._stopped:
            self._retire(worker)
        elif batch is not None:
            _send(worker, batch)

    def _retire(self, worker: Worker) -> None:
        if not worker.retiring and worker.channel is not None:
            worker.retiring = True
            worker.channel.send([HEADER.pack(Kind.STOP, 0, 0)])

    def _adopt(self, worker: Worker) -> None:
        self._starting -= 1
        assert self._hub is not None
        worker.channel = self._hub.add(worker.line, worker.process)
        with self._lock:
            self._workers[worker.channel] = worker
            if worker.process not in self._living:
                self._living.append(worker.process)
        if self._over is not None:
            self._keeper.order_kill([worker])
        elif self._stopped:
            self._retire(worker)

    def _on_death(self, hub: Hub, worker: Worker) -> None:
        assert worker.channel is not None
        hub.remove(worker.channel)
        began = worker.page.cell[0]
        worker.page.close()
        with self._lock:
            del self._workers[worker.channel]
            self._living.remove(worker.process)
            if worker in self._idle:
                self._idle.remove(worker)
            batch, worker.batch = worker.batch, None
            victim = batch is not None and began == progress(worker.ticket, worker.settled)
            if batch is not None:
                rest = batch.rest(worker.settled + victim)
                if rest.payloads:
                    self._pending.appendleft(rest)
                else:
                    self._unsettled -= 1
            send = self._dispatch()
        for other, ready in send:
            _send(other, ready)
        self._dying += 1
        buried = partial(self._on_burial, worker, batch if victim else None)
        self._keeper.order_burial(worker, partial(self._post, buried))

    def _on_burial(self, worker: Worker, batch: Batch | None) -> None:
        self._dying -= 1
        process = worker.process
        if batch is not None:
            error = WorkerDied(process.pid, process.exitcode, batch.name)
            batch.sink.settle(batch.first + worker.settled, lost(error))
        if not worker.ready and not worker.retiring:
            self._on_early_death(
                f"worker {process.pid} ended with exit code {process.exitcode} before it was ready"
            )
        self._replenish()

    def _on_early_death(self, reason: str, error: Exception | None = None) -> None:
        self._early_deaths += 1
        if self._early_deaths >= _EARLY_DEATHS:
            self._give_up(partial(_not_startable, reason, error))

    def _on_failed_start(self, error: Exception) -> None:
        self._starting -= 1
        self._on_early_death("a worker process could not be started", error)
        self._replenish()

    def _replenish(self) -> None:
        """Start workers for those that are gone, while there is or may be work for them."""
        if self._over is not None or self._stopped or self._termination_requested:
            return
        with self._lock:
            if self.state is not State.RUNNING and not self._unsettled and not self._streams:
                return
            active = sum(not worker.retiring for worker in self._workers.values())
        for _ in range(self.size - active - self._starting):
            self._starting += 1
            self._keeper.order_start(
                self._lines,
                lambda worker: self._post(partial(self._adopt, worker)),
                lambda error: self._post(partial(self._on_failed_start, error)),
            )

    def _lines(self) -> list[Line]:
        with self._lock:
            return [worker.line for worker in self._workers.values()]

    def _give_up(self, outcome: Callable[[], Outcome], state: State | None = None) -> None:
        """The pool is over: kill all workers, and settle all that has not."""
        with self._lock:
            self.state = state or self.state
            if self._over is not None:
                return
            self._over = outcome
            lost_tasks = [(batch, 0) for batch in self._pending]
            for worker in self._workers.values():
                if worker.batch is not None:
                    lost_tasks.append((worker.batch, worker.settled))
                worker.batch = None
            self._pending.clear()
            self._idle.clear()
            streams = list(self._streams)
            workers = list(self._workers.values())
        self._keeper.order_kill(workers)
        for stream in streams:  # first: its reader is told once, not once a task
            stream.cut(outcome())
        for batch, position in lost_tasks:
            _settle_all(batch, position, outcome)


def _give(worker: Worker, batch: Batch) -> None:
    worker.batch = batch
    worker.settled = 0
    worker.ticket += 1


def _send(worker: Worker, batch: Batch) -> None:
    assert worker.channel is not None
    worker.channel.send(batch.encode(worker.ticket))


def _settle_all(batch: Batch, position: int, outcome: Callable[[], Outcome]) -> None:
    """Each task gets an exception of its own: they collect tracebacks where they are raised."""
    for index in range(position, len(batch.payloads)):
        batch.sink.settle(batch.first + index, outcome())


def _terminated() -> Outcome:
    return lost(PoolTerminated("the pool was terminated before this task had a result"))


def _broken(reason: str) -> Outcome:
    return lost(PoolError(f"the pool's manager thread ended with {reason}: make a new pool"))


def _not_startable(reason: str, error: Exception | None) -> Outcome:
    failed = InitializerFailed(
        f"{reason}, {_EARLY_DEATHS} times in a row: the pool gives up; see the worker's standard "
        "error, and whether the initializer and __main__ can run in a new process"
    )
    failed.__cause__ = error
    return lost(failed)
